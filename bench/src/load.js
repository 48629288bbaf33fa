import { Agent, request } from "node:http";
import { parentPort } from "node:worker_threads";

// Load from a thread of its own, so that what is counted is how many requests the server's thread can take. Plain
// JavaScript, because a worker of the tests, which run from source, cannot read TypeScript.

const agents = new Map();

function agentFor(connections) {
  const agent = agents.get(connections) ?? new Agent({ keepAlive: true, maxSockets: connections });
  agents.set(connections, agent);
  return agent;
}

function post(url, headers, body, agent) {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: "POST", headers, agent }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const answer = Buffer.concat(chunks);
        if (response.statusCode === 200) resolve(answer);
        else reject(new Error(`${url} answered ${response.statusCode}: ${answer}`));
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** This many requests, over these many connections at a time. The milliseconds they took, and the last answer. */
async function batch({ url, headers, body, requests, connections }) {
  const agent = agentFor(connections);
  let left = requests;
  let answer;
  const start = performance.now();
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (left-- > 0) answer = await post(url, headers, body, agent);
    }),
  );
  return { ms: performance.now() - start, answer };
}

parentPort.on("message", async (asked) => {
  try {
    parentPort.postMessage(await batch(asked));
  } catch (error) {
    parentPort.postMessage({ error: error.message });
  }
});
