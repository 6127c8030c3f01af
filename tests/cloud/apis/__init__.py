# SPDX-License-Identifier: Apache-2.0
"""The public APIs, as the clouds' owners call them."""

from .api import Api, Settings
from .huawei import HuaweiApi
from .tencent import TencentApi

__all__ = ["Api", "HuaweiApi", "Settings", "TencentApi"]
