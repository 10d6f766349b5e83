// Asks a listener once with node:https and prints the body and the status, or the error as Node shows it.
//
//   node client.mjs ADDRESS HOST SERVER_CA 1.2|1.3 [FOLDER/NAME [pfx]]

import { readFileSync } from "node:fs";
import { request } from "node:https";

const [address, host, serverCa, version, bundle, form] = process.argv.slice(2);
if (!version) {
  throw new Error("usage: client.mjs ADDRESS HOST SERVER_CA 1.2|1.3 [FOLDER/NAME [pfx]]");
}

function identity() {
  if (!bundle) {
    return {};
  }
  if (form === "pfx") {
    const passphrase = readFileSync(`${bundle}.p12.password`, "utf8").trim();
    return { pfx: readFileSync(`${bundle}.p12`), passphrase };
  }
  return { cert: readFileSync(`${bundle}.chain.pem`), key: readFileSync(`${bundle}.key`) };
}

const [, hostname, port] = address.match(/^(.*):(\d+)$/);
const options = {
  hostname,
  port,
  servername: host,
  headers: { Host: host },
  ca: readFileSync(serverCa),
  minVersion: `TLSv${version}`,
  maxVersion: `TLSv${version}`,
  timeout: 10_000,
  ...identity(),
};

function fail(error) {
  process.stderr.write(`${error.name}: ${error.message.trim()} [${error.code}]\n`);
  process.exitCode = 1;
}

const asked = request(options, (response) => {
  let body = "";
  response.setEncoding("utf8");
  response.on("data", (chunk) => (body += chunk));
  response.on("error", fail);
  response.on("end", () => process.stdout.write(`${body}\n${response.statusCode}`));
});
asked.on("timeout", () => asked.destroy(new Error("no answer within 10 s")));
asked.on("error", fail);
asked.end();
