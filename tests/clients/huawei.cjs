// SPDX-License-Identifier: Apache-2.0
// Calls through Huawei's SDK.
"use strict";

const { BasicCredentials } = require("@huaweicloud/huaweicloud-sdk-core");
const ecs = require("@huaweicloud/huaweicloud-sdk-ecs/v2/public-api");
const serve = require("./serve.cjs");

class UnsignedCredentials extends BasicCredentials {
  async processAuthRequest(client, request) {
    const signed = await super.processAuthRequest(client, request);
    delete signed.headers.Authorization;
    return signed;
  }
}

const REQUESTS = {
  resetServerPassword: ({ server, password, check }) => {
    const option = new ecs.ResetServerPasswordOption(password).withIsCheckPassword(check);
    const body = new ecs.ResetServerPasswordRequestBody(option);
    return new ecs.ResetServerPasswordRequest(server).withBody(body);
  },
  batchResetServersPassword: ({ servers, password, dryRun }) => {
    const ids = servers.map((id) => new ecs.ServerId(id));
    const body = new ecs.BatchResetServersPasswordRequestBody(password, ids).withDryRun(dryRun);
    return new ecs.BatchResetServersPasswordRequest().withBody(body);
  },
  showResetPasswordFlag: ({ server }) => new ecs.ShowResetPasswordFlagRequest(server),
};

const call = async ({ endpoint, key, project, action, parameters, unsigned }) => {
  const Credentials = unsigned ? UnsignedCredentials : BasicCredentials;
  const credentials = new Credentials({ ak: key[0], sk: key[1], projectId: project });
  const builder = ecs.EcsClient.newBuilder().withCredential(credentials).withEndpoint(`http://${endpoint}`);
  return builder.build()[action](REQUESTS[action](parameters));
};

serve(call, ({ httpStatusCode, errorCode, errorMsg, requestId }) => ({
  status: httpStatusCode,
  code: errorCode,
  message: errorMsg,
  requestId,
}));
