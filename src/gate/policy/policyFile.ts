import { hash } from 'node:crypto';
import type { PolicyFile } from '../../base/schemas/generated.ts';
import type { SchemaHandle } from '../../base/schemas/handle.ts';
import { fits, problemsWith } from '../../base/schemas/validator.ts';
import {
  type Complaint,
  complaintsAbout,
  complaintsAboutBudget,
  complaintsTogether,
  type KnownAdmins,
  problemsOf,
} from './check.ts';
import { unmet } from './expectations.ts';
import { type CommandNames, commandsOf } from './groups.ts';
import { PolicyError, type PolicyProblem } from './problems.ts';
import { compileBudget, compileRule, Rules } from './rules.ts';
import { readYaml, type YamlFile } from './yamlFile.ts';

const SHAPE: SchemaHandle<PolicyFile> = { ref: 'policy.json' };

/** Longer files, in bytes, are refused. */
const MAX_BYTES = 1_048_576;

/** What a policy is checked against. */
export interface PolicyContext {
  /** The name of the file, for messages. */
  readonly file: string;
  readonly names: CommandNames;
  /** The entries of `ws-admin`. */
  readonly configured: readonly string[];
  readonly admins: KnownAdmins;
  readonly now: Date;
}

/** Parses and checks the text of a policy file. @throws PolicyError with everything that is wrong, and where */
export function parsePolicy(text: string, { file: name, names, configured, admins, now }: PolicyContext): Rules {
  const fail = (problems: readonly PolicyProblem[]): never => {
    throw new PolicyError(name, problems);
  };
  if (Buffer.byteLength(text) > MAX_BYTES) {
    return fail([{ line: 1, column: 1, text: `the file is larger than ${MAX_BYTES} bytes` }]);
  }
  const yaml = readYaml(text);
  if (!('value' in yaml)) return fail(yaml);
  const file = yaml.value;
  if (!fits(SHAPE, file)) {
    return fail(problemsWith(SHAPE, file).map(({ path, sentence }) => yaml.problemAt(path, sentence)));
  }
  const complaints: Complaint[] = [];
  const rules = compiledIn(file.rules ?? [], {
    ...{ list: 'rules', yaml, complaints },
    check: (rule) => complaintsAbout(rule, names),
    compile: (rule, line) =>
      compileRule(rule, line, new Set(rule.commands.flatMap((entry) => [...(commandsOf(entry, names) ?? [])]))),
  });
  const budgets = compiledIn(file.budgets ?? [], {
    ...{ list: 'budgets', yaml, complaints },
    check: complaintsAboutBudget,
    compile: compileBudget,
  });
  if (complaints.length > 0) return fail(problemsOf(yaml, complaints));
  const policy = new Rules(hash('sha256', text, 'hex'), { rules, budgets });
  const together = complaintsTogether({ file, rules, names, configured, admins });
  if (together.length > 0) return fail(problemsOf(yaml, together));
  const failing = unmet(policy, file.expect ?? [], { names, configured, now });
  return failing.length > 0 ? fail(problemsOf(yaml, failing)) : policy;
}

interface Entries<T, C> {
  /** The key of the list in the file. */
  readonly list: string;
  readonly yaml: YamlFile;
  /** Gets what is wrong. */
  readonly complaints: Complaint[];
  readonly check: (entry: T) => readonly Complaint[];
  /** Throws an Error with the path in the entry as `cause`. */
  readonly compile: (entry: T, line: number) => C;
}

/** The entries of a list that are good, compiled. */
function compiledIn<T, C>(entries: readonly T[], { list, yaml, complaints, check, compile }: Entries<T, C>): C[] {
  return entries.flatMap((entry, i) => {
    const within = (below: Complaint) => ({ ...below, path: [list, i, ...below.path] });
    const own = check(entry);
    complaints.push(...own.map(within));
    if (own.length > 0) return [];
    try {
      return [compile(entry, yaml.problemAt([list, i], '').line)];
    } catch (error) {
      if (!(error instanceof Error) || !Array.isArray(error.cause)) throw error;
      complaints.push(within({ path: error.cause, text: error.message }));
      return [];
    }
  });
}
