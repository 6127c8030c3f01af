// SPDX-License-Identifier: Apache-2.0
// Calls through Tencent's SDK.
"use strict";

const { cvm } = require("tencentcloud-sdk-nodejs-cvm");
const serve = require("./serve.cjs");

const call = async ({ endpoint, key, action, parameters, http, skipSign }) => {
  const client = new cvm.v20170312.Client({
    credential: { secretId: key[0], secretKey: key[1] },
    region: "ap-guangzhou",
    profile: { httpProfile: { protocol: "http://", endpoint, ...http } },
  });
  return skipSign ? client.request(action, parameters, { skipSign }) : client[action](parameters);
};

serve(call, ({ code, message, requestId }) => ({ code, message, requestId }));
