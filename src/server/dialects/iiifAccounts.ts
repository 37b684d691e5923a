import { defined } from '../../base/defined.ts';
import { fieldsInvalid, type StewardError } from '../../base/errors.ts';
import type { Fields } from '../../base/json/isObject.ts';
import type { PasswordLogin } from '../../identity/credential.ts';
import { type DialectReply, type DialectRequest, FORM_BYTES, type Route, type Success } from './dialect.ts';
import { codeIn, fieldsOf, listOf, ok, pick, shape, TEXT, textIn } from './words.ts';

/* The accounts of the University of Toronto's IIIF API: administrators, staff, logins. */

const ACCOUNT = ['username', 'email', 'password'];
const CHANGES = ['username', 'email', 'is_superuser'];

const accountShape = { username: TEXT, email: { type: 'string', format: 'email' }, password: TEXT };
const FLAG = { type: 'boolean' };
const INSTANT = { type: 'string', format: 'date-time' };
/** False and empty values are left out, so that only some keys are required. */
const ACCOUNT_SHOWN = shape(
  {
    ...{ id: TEXT, username: TEXT, email: TEXT, date_joined: INSTANT, last_login: INSTANT },
    ...{ is_active: FLAG, is_staff: FLAG, is_superuser: FLAG },
  },
  ['id', 'username', 'date_joined', 'last_login'],
);
const ONE: Success = { status: 200, body: ACCOUNT_SHOWN };
const TOKEN: Success = { status: 200, body: shape({ token: TEXT }, ['token']) };
const NO_STAFF: DialectReply = { status: 404, body: { error: 'No staff users found.' } };
const FORM = { maxBody: FORM_BYTES, takes: 'formOrJson' } as const;

export const iiifAccounts: readonly Route[] = [
  {
    verb: 'POST',
    path: '/auth/admin',
    summary: 'Make an administrator of staff, with the secret key.',
    calls: { command: 'createAdmin' },
    credential: (request) => {
      const { secretKey, username, email } = fieldsOf(request);
      const applicant = defined({ username: textIn(username), email: textIn(email) });
      // A key that is not a text is a wrong one.
      const key = secretKey === undefined ? undefined : (textIn(secretKey) ?? '');
      return { authorization: undefined, credential: { kind: 'secretKey', key, applicant } };
    },
    params: accountIn,
    answer: one,
    success: ONE,
    ...FORM,
    body: shape({ ...accountShape, secretKey: TEXT }, ['username', 'password', 'secretKey']),
  },
  {
    verb: 'POST',
    path: '/auth/staff',
    summary: 'Make a staff account.',
    calls: { command: 'createStaff' },
    params: accountIn,
    answer: one,
    success: ONE,
    ...FORM,
    body: shape(accountShape, ['username', 'password']),
  },
  {
    verb: 'GET',
    path: '/auth/staff',
    summary: 'List the staff accounts that are not administrators.',
    calls: { command: 'listStaff' },
    answer: (accounts: readonly Fields[]) => (accounts.length === 0 ? NO_STAFF : ok(accounts.map(accountShown))),
    success: { status: 200, body: listOf(ACCOUNT_SHOWN) },
  },
  {
    verb: 'PUT',
    path: '/auth/staff/{id}',
    summary: 'Change the name or address of a staff account, or whether it is an administrator.',
    calls: { command: 'updateStaff' },
    params: (request) => ({ id: request.path.id, ...changesIn(request) }),
    answer: one,
    success: ONE,
    ...FORM,
    body: shape({ username: TEXT, email: { type: 'string', format: 'email' }, is_superuser: { type: 'boolean' } }),
  },
  {
    verb: 'DELETE',
    path: '/auth/staff/{id}',
    summary: 'Close a staff account for ever.',
    calls: { command: 'deleteStaff' },
    params: ({ path }) => ({ id: path.id }),
    answer: (_: null, { path }) => ok({ message: `Successfully deleted user with id '${path.id}'.` }),
    success: { status: 200, body: shape({ message: TEXT }, ['message']) },
  },
  {
    verb: 'POST',
    path: '/login',
    summary:
      'Log in with name and password, and with totp or recoveryCode if the account has an authenticator app; the answer is a token for `Authorization: JWT`.',
    calls: { method: 'Accounts.create_token' },
    credential: (request) => {
      return { authorization: undefined, credential: { kind: 'password', of: 'staff', ...login(request) } };
    },
    answer: ok,
    success: TOKEN,
    refusal: formRefusal,
    ...FORM,
    body: shape({ username: TEXT, password: TEXT, totp: TEXT, recoveryCode: TEXT }, ['username', 'password']),
  },
  {
    verb: 'POST',
    path: '/verifyToken',
    summary: 'Verify a token: the answer is the token itself, or what is wrong with it.',
    calls: { method: 'Accounts.who_am_i' },
    credential: (request) => {
      const token = textIn(fieldsOf(request).token);
      if (token === undefined || token === '') throw fieldsInvalid({ token: ['This field is required.'] });
      return { authorization: undefined, credential: { kind: 'staffToken', token } };
    },
    answer: (_: unknown, request) => ok({ token: fieldsOf(request).token }),
    success: TOKEN,
    refusal: formRefusal,
    ...FORM,
    body: shape({ token: TEXT }, ['token']),
  },
];

/** An account. As in the original, `last_login` is set when the account is made, and never again. */
function accountShown(account: Fields): Fields {
  return { ...account, last_login: account.date_joined };
}

function one(account: Fields): DialectReply {
  return ok(accountShown(account));
}

/** The fields of a new account. @throws staff_fields_invalid */
function accountIn(request: DialectRequest): Fields {
  const account = pick(fieldsOf(request), ACCOUNT);
  assertTexts(account);
  return account;
}

/** The changes of an account. @throws staff_fields_invalid */
function changesIn(request: DialectRequest): Fields {
  const { is_superuser: flag, ...texts } = pick(fieldsOf(request), CHANGES);
  assertTexts(texts);
  if (flag === undefined) return texts;
  const isYes = YES.includes(flag);
  if (isYes || NO.includes(flag)) return { ...texts, is_superuser: isYes };
  throw fieldsInvalid({ is_superuser: [`${JSON.stringify(flag)} is not a valid boolean.`] });
}

/** Booleans in JSON and in forms. */
const YES: readonly unknown[] = [true, 'true', 'True', '1', 1];
const NO: readonly unknown[] = [false, 'false', 'False', '0', 0];

/** @throws staff_fields_invalid */
function assertTexts(fields: Fields): void {
  const wrong = Object.entries(fields).flatMap(([name, value]) =>
    typeof value === 'string' ? [] : [[name, [value === null ? 'This field may not be null.' : 'Not a valid string.']]],
  );
  if (wrong.length > 0) throw fieldsInvalid(Object.fromEntries(wrong));
}

/** The name, the password and the code in a request. @throws staff_fields_invalid */
function login(request: DialectRequest): Omit<PasswordLogin, 'kind' | 'of'> {
  const fields = fieldsOf(request);
  const { username, password } = fields;
  const wrong = Object.fromEntries(
    Object.entries({ username, password }).flatMap(([name, value]) => {
      if (value === undefined || value === null) return [[name, ['This field is required.']]];
      if (typeof value !== 'string') return [[name, ['Not a valid string.']]];
      return value === '' ? [[name, ['This field may not be blank.']]] : [];
    }),
  );
  if (Object.keys(wrong).length > 0) throw fieldsInvalid(wrong);
  return { username: String(username), password: String(password), ...codeIn(fields) };
}

/** The errors of the login forms, which are about the fields, and not about the caller as on other routes. */
function formRefusal(error: StewardError): DialectReply | undefined {
  switch (error.reason) {
    case 'staff_fields_invalid':
      return { status: 400, body: error.args[1] };
    case 'login_refused':
    case 'proof_refused':
      return nonField(error.message);
    case 'totp_required':
      return { status: 400, body: { totp: [`${error.message}, or a recoveryCode.`] } };
    case 'token_expired':
      return nonField('Signature has expired.');
    case 'token_outdated':
    case 'token_invalid':
      return nonField('Error decoding signature.');
    case 'account_disabled':
    case 'account_closed':
      return nonField('User account is disabled.');
    default:
      return undefined;
  }
}

const nonField = (text: string): DialectReply => ({ status: 400, body: { non_field_errors: [text] } });
