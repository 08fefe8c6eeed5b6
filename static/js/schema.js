// Reading JSON Schema well enough to draw a form from it: references, alternatives with null, what a value may look like.

const MOST_STEPS = 20; // of references to references

function pointed(root, reference) {
  if (typeof reference !== "string" || !reference.startsWith("#")) return null;
  let found = root;
  for (const part of reference.slice(1).split("/").filter(Boolean)) {
    found = found?.[decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~")];
  }
  return found ?? null;
}

// A schema without references at its top: {schema, nullable}. What cannot be told apart has the schema {}.
export function resolved(schema, root) {
  let found = schema && typeof schema === "object" ? schema : {};
  let nullable = false;
  for (let step = 0; step < MOST_STEPS; step += 1) {
    if (found.$ref) {
      const { $ref, ...own } = found;
      found = { ...(pointed(root, $ref) ?? {}), ...own };
    } else if (found.allOf?.length === 1) {
      const { allOf, ...own } = found;
      found = { ...allOf[0], ...own };
    } else if (found.anyOf || found.oneOf) {
      const { anyOf, oneOf, ...own } = found;
      const others = (anyOf ?? oneOf).filter((one) => one?.type !== "null");
      nullable ||= others.length < (anyOf ?? oneOf).length;
      if (others.length !== 1) return { schema: { title: own.title, description: own.description, default: own.default }, nullable };
      found = { ...others[0], ...own };
    } else if (Array.isArray(found.type)) {
      const types = found.type.filter((one) => one !== "null");
      nullable ||= types.length < found.type.length;
      if (types.length !== 1) return { schema: { title: found.title, description: found.description, default: found.default }, nullable };
      found = { ...found, type: types[0] };
    } else {
      break;
    }
  }
  if (found.nullable === true) nullable = true;
  if (Array.isArray(found.enum) && found.enum.includes(null)) {
    nullable = true;
    found = { ...found, enum: found.enum.filter((one) => one !== null) };
  }
  return { schema: found, nullable };
}

// Which control fits: choice, text, long, number, integer, boolean, object, map, choices, list, or json for the rest.
export function kindOf(schema, root) {
  if ("const" in schema) return "choice";
  if (schema.enum?.length) return schema.enum.every((one) => typeof one !== "object") ? "choice" : "json";
  if (schema.properties) return "object";
  if (schema.type === "object") return typeof schema.additionalProperties === "object" && !schema.patternProperties ? "map" : "json";
  if (schema.type === "array") {
    if (schema.prefixItems || Array.isArray(schema.items) || !schema.items || typeof schema.items !== "object") return "json";
    const inner = resolved(schema.items, root);
    if (kindOf(inner.schema, root) === "choice" && !inner.nullable && inner.schema.enum?.length <= 16) return "choices";
    return "list";
  }
  if (schema.type === "string") return "text";
  if (["number", "integer", "boolean"].includes(schema.type)) return schema.type;
  return "json";
}

// A first value that fits, so that one edits instead of writing from nothing. Optional parts are left out.
export function sample(schema, root, depth = 0) {
  const { schema: found } = resolved(schema, root);
  if (found.default !== undefined) return found.default;
  if (found.examples?.length) return found.examples[0];
  if (found.example !== undefined) return found.example;
  if ("const" in found) return found.const;
  if (found.enum?.length) return found.enum[0];
  if (found.properties) {
    const wanted = found.required ?? (depth ? [] : Object.keys(found.properties));
    if (depth > 4) return {};
    return Object.fromEntries(wanted.filter((name) => name in found.properties).map((name) => [name, sample(found.properties[name], root, depth + 1)]));
  }
  return { string: "", integer: found.minimum ?? 0, number: found.minimum ?? 0, boolean: false, array: [], object: {} }[found.type] ?? null;
}

// "payload.items[2].name" → ["items", 2, "name"], below the first part.
export function parsedPath(path) {
  return [...path.matchAll(/\.([^.[\]]+)|\[(\d+)\]/g)].map(([, name, index]) => (index === undefined ? name : Number(index)));
}

// Bounds and lengths in words, for the hint under a field. That there must be one at all is said by its mark.
export function bounds(schema, name) {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems } = schema;
  const [least, most, say] = schema.type === "string" ? [minLength, maxLength, inCharacters] : schema.type === "array" ? [minItems, maxItems, inEntries] : [minimum, maximum, plain];
  const number = (n) => `${n.toLocaleString("en").replaceAll(",", "\u202f")}${say === plain && inUnits(name, n) ? ` (${inUnits(name, n).slice(2)})` : ""}`;
  const said = [];
  if (typeof least === "number" && (least > 1 || (say === plain && most === undefined))) said.push(say("least", number(least)));
  if (typeof most === "number") said.push(say("most", number(most)));
  return said.join(", ");
}

const plain = (end, n) => interpolate(end === "least" ? gettext("at least %(n)s") : gettext("at most %(n)s"), { n }, true);
const inCharacters = (end, n) => interpolate(end === "least" ? gettext("at least %(n)s characters") : gettext("at most %(n)s characters"), { n }, true);
const inEntries = (end, n) => interpolate(end === "least" ? gettext("at least %(n)s entries") : gettext("at most %(n)s entries"), { n }, true);

// Numbers of bytes and milliseconds, said again in a unit that one reads.
export function inUnits(name, value) {
  if (typeof value !== "number" || !Number.isFinite(value)) return "";
  if (/(^|_)bytes$/.test(name)) {
    for (const [size, unit] of [[1024 ** 3, "GiB"], [1024 ** 2, "MiB"], [1024, "KiB"]]) {
      if (value >= size) return `= ${Number((value / size).toPrecision(3))} ${unit}`;
    }
  }
  if (/(^|_)ms$/.test(name) && value >= 1000) return `= ${Number((value / 1000).toPrecision(4))} s`;
  return "";
}
