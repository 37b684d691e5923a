// Which functions of src/ may run when one of them does, and with which reasons they refuse, as far as the text tells: a name
// stands for what the file imports or declares under it, and a call of a method for that of every class that the file names.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseSync } from 'oxc-parser';

const FUNCTION = /^(Arrow)?Function/;
/** The same for types, of which nothing runs. */
const TYPE = /^TS.*(Annotation|TypeParameter)/;

const keyOf = (file, name) => `${file}#${name}`;

/** Calls `visit` with each node and its parent, and not below one for which it returns false. */
export function walk(node, visit, parent) {
  if (Array.isArray(node)) {
    for (const each of node) walk(each, visit, parent);
    return;
  }
  if (node === null || typeof node?.type !== 'string' || visit(node, parent) === false) return;
  for (const key of Object.keys(node)) {
    if (typeof node[key] === 'object') walk(node[key], visit, node);
  }
}

const memberName = (key) => (key.type === 'PrivateIdentifier' ? `#${key.name}` : (key.name ?? key.value));

export class CallGraph {
  #reasons;
  /** What each file imports and declares. */
  #files = new Map();
  /** By their keys, functions, variables and methods: what they name, and with which reasons they refuse. */
  #units = new Map();
  /** The names of the methods of each class. */
  #classes = new Map();
  /** The names of the methods of each interface. */
  #interfaces = new Map();
  /** What implements an interface: classes, and functions that return one. */
  #implementers = new Map();

  /** @param reasons all that there are */
  constructor(files, reasons) {
    this.#reasons = reasons;
    for (const file of files) this.#read(file);
  }

  #read(file) {
    const { program, errors } = parseSync(file, readFileSync(file, 'utf8'));
    if (errors.length > 0) throw new Error(`${file}: ${errors[0].message}`);
    const known = { imports: new Map(), declared: new Set() };
    this.#files.set(file, known);
    for (const statement of program.body) {
      if (statement.type === 'ImportDeclaration') {
        const from = resolve(dirname(file), statement.source.value);
        for (const { local, imported } of statement.specifiers) {
          if (imported !== undefined) known.imports.set(local.name, keyOf(from, imported.name));
        }
        continue;
      }
      const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
      if (declaration?.type === 'FunctionDeclaration') this.#add(file, declaration.id.name, declaration);
      if (declaration?.type === 'ClassDeclaration') this.#addClass(file, declaration);
      if (declaration?.type === 'TSInterfaceDeclaration') this.#addInterface(file, declaration);
      for (const { id, init } of declaration?.type === 'VariableDeclaration' ? declaration.declarations : []) {
        walk(id, (node) => {
          if (node.type === 'Identifier') this.#add(file, node.name, init);
        });
      }
    }
  }

  #add(file, name, node) {
    this.#files.get(file).declared.add(name);
    this.#units.set(keyOf(file, name), { ...this.unitOf(node, file), node });
    const returned = node?.returnType?.typeAnnotation?.typeName;
    if (returned !== undefined) this.#implements(file, returned.name, keyOf(file, name));
  }

  #addInterface(file, { id, body }) {
    this.#files.get(file).declared.add(id.name);
    this.#interfaces.set(keyOf(file, id.name), new Set(body.body.flatMap(({ key }) => key?.name ?? [])));
  }

  #implements(file, name, key) {
    const known = this.#files.get(file).imports.get(name) ?? keyOf(file, name);
    this.#implementers.set(known, [...(this.#implementers.get(known) ?? []), key]);
  }

  #addClass(file, { id, body, implements: all = [] }) {
    const key = keyOf(file, id.name);
    for (const { expression } of all) this.#implements(file, expression.name, key);
    const members = new Set();
    this.#files.get(file).declared.add(id.name);
    this.#classes.set(key, members);
    const made = body.body.filter((member) => {
      const isMethod = member.type === 'MethodDefinition' && member.kind !== 'constructor';
      if (!isMethod && !FUNCTION.test(member.value?.type ?? '')) return true;
      members.add(memberName(member.key));
      this.#units.set(`${key}.${memberName(member.key)}`, { ...this.unitOf(member.value, file), key });
      return false;
    });
    this.#units.set(key, { ...this.unitOf(made, file), key });
  }

  /** What a part of a file names, and with which reasons it refuses. @param leftOut whether a node is not looked at */
  unitOf(node, file, leftOut = () => false) {
    const unit = { file, names: new Set(), methods: new Set(), own: new Set(), reasons: new Set() };
    walk(node, (each, parent) => {
      if (TYPE.test(each.type) || leftOut(each, parent)) return false;
      if (each.type === 'Identifier') unit.names.add(each.name);
      if (each.type === 'MemberExpression' && !each.computed) {
        const isOwn = each.object.type === 'ThisExpression';
        if (isOwn) unit.own.add(memberName(each.property));
        else if (parent?.type === 'CallExpression' && parent.callee === each)
          unit.methods.add(memberName(each.property));
      }
      if (this.#isReason(each, parent)) unit.reasons.add(each.value);
      return undefined;
    });
    return unit;
  }

  /** Whether a text is the reason of a refusal, and not one that is compared or looked up. */
  #isReason({ type, value }, parent) {
    if (type !== 'Literal' || !this.#reasons.has(value)) return false;
    if (parent?.type === 'BinaryExpression' || parent?.type === 'SwitchCase') return false;
    // An index may be called the same.
    if (parent?.type === 'Property' && memberName(parent.key) === 'name') return false;
    return value.includes('_') || (parent?.type === 'CallExpression' && parent.callee.name === 'refuse');
  }

  /** What stands under this name in a file: a key. */
  importedAs(file, name) {
    return this.#files.get(file).imports.get(name);
  }

  /** The variables of a file, with what they are set to. */
  variablesOf(file) {
    const names = [...this.#files.get(file).declared];
    return names.map((name) => [name, this.#units.get(keyOf(file, name))?.node]);
  }

  /** What may run when a unit does. @param more classes beside those that its file names */
  #next({ file, key, names, methods, own }, more = []) {
    const { imports, declared } = this.#files.get(file);
    const named = [...names].flatMap((name) => imports.get(name) ?? (declared.has(name) ? [keyOf(file, name)] : []));
    const types = [...imports.values(), ...[...declared].map((name) => keyOf(file, name)), ...more];
    const implementers = types.flatMap((each) => {
      const isCalled = [...methods].some((method) => this.#interfaces.get(each)?.has(method));
      return isCalled ? (this.#implementers.get(each) ?? []) : [];
    });
    const functions = implementers.filter((each) => !this.#classes.has(each));
    const called = [...types, ...implementers].flatMap((each) =>
      [...methods].filter((method) => this.#classes.get(each)?.has(method)).map((method) => `${each}.${method}`),
    );
    return [...named, ...functions, ...called, ...(key === undefined ? [] : [...own].map((name) => `${key}.${name}`))];
  }

  /** The reasons with which a unit, and all that may run when it does, may refuse. @param isOutside files that are left out */
  reasonsFrom(unit, { classes = [], isOutside = () => false } = {}) {
    const found = new Set(unit.reasons);
    const seen = new Set();
    const left = this.#next(unit, classes);
    for (let key = left.pop(); key !== undefined; key = left.pop()) {
      const next = this.#units.get(key);
      if (seen.has(key) || next === undefined || isOutside(next.file)) continue;
      seen.add(key);
      for (const reason of next.reasons) found.add(reason);
      left.push(...this.#next(next));
    }
    return found;
  }
}
