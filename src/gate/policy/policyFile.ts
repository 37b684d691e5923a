import { createHash } from 'node:crypto';
import type { PolicyFile } from '../../base/schemas/generated.ts';
import type { SchemaHandle } from '../../base/schemas/handle.ts';
import { fits, problemsWith } from '../../base/schemas/validator.ts';
import { type Complaint, complaintsAbout, complaintsTogether, type KnownAdmins, problemsOf } from './check.ts';
import { unmet } from './expectations.ts';
import { type CommandNames, commandsOf } from './groups.ts';
import { PolicyError, type PolicyProblem } from './problems.ts';
import { type CompiledRule, compileRule, Rules } from './rules.ts';
import { readYaml } from './yamlFile.ts';

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
  const rules: CompiledRule[] = [];
  const complaints: Complaint[] = [];
  for (const [i, rule] of (file.rules ?? []).entries()) {
    const within = (below: Complaint) => ({ ...below, path: ['rules', i, ...below.path] });
    const own = complaintsAbout(rule, names);
    complaints.push(...own.map(within));
    const commands = new Set(rule.commands.flatMap((entry) => [...(commandsOf(entry, names) ?? [])]));
    try {
      const { line } = yaml.problemAt(['rules', i], '');
      if (own.length === 0) rules.push(compileRule(rule, line, commands));
    } catch (error) {
      if (!(error instanceof Error) || !Array.isArray(error.cause)) throw error;
      complaints.push(within({ path: error.cause, text: error.message }));
    }
  }
  if (complaints.length > 0) return fail(problemsOf(yaml, complaints));
  const policy = new Rules(createHash('sha256').update(text).digest('hex'), rules);
  const together = complaintsTogether({ file, rules, names, configured, admins });
  if (together.length > 0) return fail(problemsOf(yaml, together));
  const failing = unmet(policy, file.expect ?? [], { names, configured, now });
  return failing.length > 0 ? fail(problemsOf(yaml, failing)) : policy;
}
