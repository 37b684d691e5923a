import { refuse } from '../base/errors.ts';
import { cutToCharacters } from '../base/text.ts';

/** The parsed parameter of `administer`. Only its shape has been checked so far. */
export interface CommandObject {
  readonly command: string | null;
  readonly user: string | null | undefined;
  readonly module: string | null | undefined;
  readonly params: unknown;
  /** The options as they were sent; validated in step 5. */
  readonly options: Readonly<Record<OptionName, unknown>>;
}

export const OPTIONS = ['reason', 'dryRun', 'idempotencyKey', 'plan', 'approval', 'runWhenApproved'] as const;
export type OptionName = (typeof OPTIONS)[number];
const KEYS = ['command', 'module', 'params', 'user', ...OPTIONS];
const CLASS = 'us.kbase.workspace.kbase.admin.AdminCommand';

/**
 * Parses the command object with KBase's coercions: numbers and booleans become text, null counts as absent.
 *
 * @throws command_malformed in the words of the KBase Workspace Service 0.15
 */
export function decode(object: unknown): CommandObject {
  if (object === null || object === undefined) throw refuse('command_malformed', 'it is null');
  if (Array.isArray(object)) {
    throw refuse('command_malformed', `Cannot deserialize instance of \`${CLASS}\` out of START_ARRAY token`);
  }
  if (typeof object !== 'object') {
    const kind = typeof object === 'string' ? 'String' : typeof object === 'boolean' ? 'Boolean' : 'Number';
    const shown = typeof object === 'string' ? `'${cutToCharacters(object, 64)}'` : String(object);
    throw refuse(
      'command_malformed',
      `Cannot construct instance of \`${CLASS}\` (although at least one Creator exists): ` +
        `no ${kind}-argument constructor/factory method to deserialize from ${kind} value (${shown})`,
    );
  }
  const fields = object as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(fields).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) {
    const known = KEYS.map((k) => `"${k}"`).join(', ');
    throw refuse(
      'command_malformed',
      `Unrecognized field "${cutToCharacters(unknown, 64)}" (class ${CLASS}), not marked as ignorable ` +
        `(${KEYS.length} known properties: ${known}])`,
    );
  }
  return {
    command: text(fields.command) ?? null,
    user: text(fields.user),
    module: text(fields.module),
    params: fields.params,
    options: {
      reason: fields.reason,
      dryRun: fields.dryRun,
      idempotencyKey: fields.idempotencyKey,
      plan: fields.plan,
      approval: fields.approval,
      runWhenApproved: fields.runWhenApproved,
    },
  };
}

/**
 * For Steward's own commands the target may also be sent in `params`, as `user`, if the command object has no `user`:
 * clients that send one flat object of parameters need not know which of them is the target.
 */
export function withTargetFromParams(decoded: CommandObject): CommandObject {
  const { user, params } = decoded;
  if (user !== undefined || params === null || typeof params !== 'object' || !Object.hasOwn(params, 'user'))
    return decoded;
  const { user: target, ...others } = params as Readonly<Record<string, unknown>>;
  return { ...decoded, user: text(target), params: others };
}

/**
 * The reverse: a command without a target may have a parameter `user`, which these clients send in the command object.
 */
export function withParamFromTarget(decoded: CommandObject): CommandObject {
  const { user, params } = decoded;
  if (user === undefined || user === null || (params !== undefined && !isObject(params))) return decoded;
  return params !== undefined && Object.hasOwn(params, 'user')
    ? decoded
    : { ...decoded, user: undefined, params: { ...params, user } };
}

const isObject = (value: unknown): value is object =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

function text(value: unknown): string | null | undefined {
  switch (typeof value) {
    case 'string':
    case 'undefined':
      return value;
    case 'number':
    case 'boolean':
      return String(value);
    default: {
      if (value === null) return null;
      const token = Array.isArray(value) ? 'START_ARRAY' : 'START_OBJECT';
      throw refuse('command_malformed', `Cannot deserialize instance of \`java.lang.String\` out of ${token} token`);
    }
  }
}
