// What a JSON Schema says of a value: what kind of field it wants, how it is called, what it may be.

const REFERENCE = "#/$defs/";

/** A schema with its reference followed, and with null taken out of a choice that has it: an empty field is that. */
export function resolved(schema, defs) {
  let found = schema;
  for (let depth = 0; depth < 20; depth += 1) {
    const { $ref, anyOf, oneOf, allOf, type, ...rest } = found;
    const choices = (anyOf ?? oneOf ?? (Array.isArray(type) ? type.map((each) => ({ type: each })) : null))?.filter((each) => each.type !== "null");
    if ($ref?.startsWith(REFERENCE)) found = { ...defs[$ref.slice(REFERENCE.length)], ...rest };
    else if (allOf?.length === 1) found = { ...allOf[0], ...rest };
    else if (choices?.length === 1) found = { ...choices[0], ...rest };
    else if (choices) return { ...rest, anyOf: choices };
    else return found;
  }
  return {};
}

/** "choice", "fixed", "union", "object", "map", "list", "boolean", "number", "string" or "anything". */
export function kindOf(schema) {
  if ("const" in schema) return "fixed";
  if (schema.enum) return "choice";
  if (schema.anyOf) return "union";
  switch (schema.type) {
    case "object":
      return schema.properties ? "object" : "map";
    case "array":
      return "list";
    case "integer":
    case "number":
      return "number";
    case "boolean":
    case "string":
      return schema.type;
    default:
      return "anything";
  }
}

/** Whether a schema's field has fields. */
export const isGroup = (given, defs) => ["object", "map", "list", "union"].includes(kindOf(resolved(given, defs)));

/** Whether a value looks like what a schema describes: the more of it fits, the greater; below 0 where it does not. */
export function fit(given, value, defs) {
  const schema = resolved(given, defs);
  switch (kindOf(schema)) {
    case "fixed":
      return schema.const === value ? 2 : -1;
    case "choice":
      return schema.enum.includes(value) ? 1 : -1;
    case "union":
      return Math.max(...schema.anyOf.map((each) => fit(each, value, defs)));
    case "object": {
      if (!isObject(value)) return -1;
      const known = Object.keys(value).filter((name) => name in schema.properties);
      if (known.some((name) => fit(schema.properties[name], value[name], defs) < 0 && value[name] !== null)) return -1;
      return 1 + known.length - (Object.keys(value).length - known.length);
    }
    case "map":
      return isObject(value) ? 1 : -1;
    case "list":
      return Array.isArray(value) ? 1 : -1;
    case "number":
      return typeof value === "number" && (schema.type !== "integer" || Number.isInteger(value)) ? 1 : -1;
    case "anything":
      return 0;
    default:
      return typeof value === kindOf(schema) ? 1 : -1;
  }
}

export const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** A kind in a word or two, for a choice among kinds. */
export function named(given, defs) {
  const schema = resolved(given, defs);
  if (schema.title) return schema.title;
  const kind = kindOf(schema);
  if (kind === "list") return `list of ${named(schema.items ?? {}, defs)}`;
  if (kind === "fixed") return JSON.stringify(schema.const);
  return { string: "text", boolean: "yes or no", map: "object", choice: "choice" }[kind] ?? (schema.type || kind);
}

/** What a field says below it: its description, and its bounds. */
export function hint(schema) {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, minItems, maxItems } = schema;
  const bounds = [
    minimum !== undefined && `from ${shown(minimum)}`,
    exclusiveMinimum !== undefined && `over ${shown(exclusiveMinimum)}`,
    maximum !== undefined && `to ${shown(maximum)}`,
    exclusiveMaximum !== undefined && `under ${shown(exclusiveMaximum)}`,
    minItems > 1 && `${shown(minItems)} at least`,
    maxItems !== undefined && `${shown(maxItems)} at most`,
  ];
  return [schema.description, bounds.filter(Boolean).join(", ")].filter(Boolean).join("; ");
}

const shown = (value) => (typeof value === "number" ? value.toLocaleString("en") : String(value));
