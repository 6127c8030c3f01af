// SPDX-License-Identifier: Apache-2.0
// Reads calls from stdin, one a line as JSON, and says what came of each. An SDK may write lines of its own between.
"use strict";

const { createInterface } = require("node:readline");

module.exports = async (call, shown) => {
  for await (const line of createInterface({ input: process.stdin })) {
    const outcome = await call(JSON.parse(line)).then(
      (answer) => ({ answer }),
      (error) => ({ error: { type: error.constructor.name, ...shown(error) } }),
    );
    console.log(`outcome ${JSON.stringify(outcome)}`);
  }
};
