// A request as a line for a terminal, and as a Python program.
export function curl(body) {
  const quoted = `'${JSON.stringify(body).replaceAll("'", "'\\''")}'`;
  return `curl -X POST ${location.origin}/api/v1/invocations/ \\\n  -H "Authorization: Bearer $NEUROFLOW_KEY" -H "Content-Type: application/json" \\\n  -d ${quoted}`;
}

function literal(value, indent = 0) {
  const pad = " ".repeat(indent + 4);
  if (value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (Array.isArray(value)) return value.length ? `[\n${value.map((one) => `${pad}${literal(one, indent + 4)},\n`).join("")}${" ".repeat(indent)}]` : "[]";
  if (typeof value === "object") {
    const pairs = Object.entries(value);
    return pairs.length ? `{\n${pairs.map(([key, one]) => `${pad}${JSON.stringify(key)}: ${literal(one, indent + 4)},\n`).join("")}${" ".repeat(indent)}}` : "{}";
  }
  return JSON.stringify(value); // JSON's texts and numbers are Python's
}

export function python(body) {
  return `import os

import httpx

reply = httpx.post(
    ${JSON.stringify(`${location.origin}/api/v1/invocations/`)},
    headers={"Authorization": f"Bearer {os.environ['NEUROFLOW_KEY']}"},
    json=${literal(body, 4)},
    timeout=60,
)
print(reply.json())`;
}
