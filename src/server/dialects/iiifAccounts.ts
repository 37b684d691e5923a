import { fieldsInvalid, type StewardError } from '../../base/errors.ts';
import { type DialectReply, type DialectRequest, FORM_BYTES, type Route, type Success } from './dialect.ts';
import { type Fields, fieldsOf, listOf, picked, shape, TEXT, textIn } from './words.ts';

/** The accounts of the University of Toronto's IIIF API: administrators, staff, logins. */

const ACCOUNT = ['username', 'email', 'password'];
const CHANGES = ['username', 'email', 'is_superuser'];

const accountShape = { username: TEXT, email: { type: 'string', format: 'email' }, password: TEXT };
const FLAG = { type: 'boolean' };
/** What is false or empty is left out. */
const ACCOUNT_SHOWN = shape(
  {
    ...{ id: TEXT, username: TEXT, email: TEXT, date_joined: { type: 'string', format: 'date-time' } },
    ...{ is_active: FLAG, is_staff: FLAG, is_superuser: FLAG },
  },
  ['id', 'username', 'date_joined'],
);
const ONE: Success = { status: 200, body: ACCOUNT_SHOWN };
const TOKEN: Success = { status: 200, body: shape({ token: TEXT }, ['token']) };
const ok = (body: Fields): DialectReply => ({ status: 200, body });

export const iiifAccounts: readonly Route[] = [
  {
    verb: 'POST',
    path: '/auth/admin',
    summary: 'Make an administrator of staff, with the secret key.',
    calls: { command: 'createAdmin' },
    credential: (asked) => {
      const { secretKey, username, email } = fieldsOf(asked);
      const applicant = {
        ...(typeof username === 'string' ? { username } : {}),
        ...(typeof email === 'string' ? { email } : {}),
      };
      // A key of another type than text is a wrong one.
      const key = secretKey === undefined ? undefined : (textIn(secretKey) ?? '');
      return { authorization: undefined, credential: { kind: 'secretKey', key, applicant } };
    },
    params: accountIn,
    answer: ok,
    success: ONE,
    maxBody: FORM_BYTES,
    takes: 'formOrJson',
    body: shape({ ...accountShape, secretKey: TEXT }, ['username', 'password', 'secretKey']),
  },
  {
    verb: 'POST',
    path: '/auth/staff',
    summary: 'Make an account of staff.',
    calls: { command: 'createStaff' },
    params: accountIn,
    answer: ok,
    success: ONE,
    maxBody: FORM_BYTES,
    takes: 'formOrJson',
    body: shape(accountShape, ['username', 'password']),
  },
  {
    verb: 'GET',
    path: '/auth/staff',
    summary: 'List the accounts of staff that administer nothing.',
    calls: { command: 'listStaff' },
    answer: (accounts: readonly Fields[]) =>
      accounts.length === 0
        ? { status: 404, body: { error: 'No staff users found.' } }
        : { status: 200, body: accounts },
    success: { status: 200, body: listOf(ACCOUNT_SHOWN) },
  },
  {
    verb: 'PUT',
    path: '/auth/staff/{id}',
    summary: 'Change the name or address of an account of staff, or whether it administers.',
    calls: { command: 'updateStaff' },
    params: (asked) => ({ id: asked.path.id, ...changesIn(asked) }),
    answer: ok,
    success: ONE,
    maxBody: FORM_BYTES,
    takes: 'formOrJson',
    body: shape({ username: TEXT, email: { type: 'string', format: 'email' }, is_superuser: { type: 'boolean' } }),
  },
  {
    verb: 'DELETE',
    path: '/auth/staff/{id}',
    summary: 'Close an account of staff for ever.',
    calls: { command: 'deleteStaff' },
    params: ({ path }) => ({ id: path.id }),
    answer: (_: null, { path }) => ok({ message: `Successfully deleted user with id '${path.id}'.` }),
    success: { status: 200, body: shape({ message: TEXT }, ['message']) },
  },
  {
    verb: 'POST',
    path: '/login',
    summary: 'Log in with name and password; the answer is a token for `Authorization: JWT`.',
    calls: { method: 'Accounts.create_token' },
    credential: (asked) => {
      const { username, password } = login(asked);
      return { authorization: undefined, credential: { kind: 'password', of: 'staff', username, password } };
    },
    answer: ok,
    success: TOKEN,
    refusal: inFormFields,
    maxBody: FORM_BYTES,
    takes: 'formOrJson',
    body: shape({ username: TEXT, password: TEXT }, ['username', 'password']),
  },
  {
    verb: 'POST',
    path: '/verifyToken',
    summary: 'Whether a token is good: then it is answered, else what is wrong with it.',
    calls: { method: 'Accounts.who_am_i' },
    credential: (asked) => {
      const token = textIn(fieldsOf(asked).token);
      if (token === undefined || token === '') throw fieldsInvalid({ token: ['This field is required.'] });
      return { authorization: undefined, credential: { kind: 'staffToken', token } };
    },
    answer: (_: unknown, asked) => ok({ token: fieldsOf(asked).token }),
    success: TOKEN,
    refusal: inFormFields,
    maxBody: FORM_BYTES,
    takes: 'formOrJson',
    body: shape({ token: TEXT }, ['token']),
  },
];

/** What an account is to be made of. @throws staff_fields_invalid */
function accountIn(asked: DialectRequest): Fields {
  const account = picked(fieldsOf(asked), ACCOUNT);
  assertTexts(account);
  return account;
}

/** What of an account is to change. @throws staff_fields_invalid */
function changesIn(asked: DialectRequest): Fields {
  const { is_superuser: flag, ...texts } = picked(fieldsOf(asked), CHANGES);
  assertTexts(texts);
  if (flag === undefined) return texts;
  const isYes = YES.includes(flag);
  if (!isYes && !NO.includes(flag))
    throw fieldsInvalid({ is_superuser: [`${JSON.stringify(flag)} is not a valid boolean.`] });
  return { ...texts, is_superuser: isYes };
}

/** As a form has them, too. */
const YES: readonly unknown[] = [true, 'true', 'True', '1', 1];
const NO: readonly unknown[] = [false, 'false', 'False', '0', 0];

/** @throws staff_fields_invalid */
function assertTexts(fields: Fields): void {
  const wrong = Object.entries(fields).flatMap(([name, value]) =>
    typeof value === 'string' ? [] : [[name, [value === null ? 'This field may not be null.' : 'Not a valid string.']]],
  );
  if (wrong.length > 0) throw fieldsInvalid(Object.fromEntries(wrong));
}

/** What was sent to log in with. @throws staff_fields_invalid */
function login(asked: DialectRequest): { username: string; password: string } {
  const { username, password } = fieldsOf(asked);
  const wrong = Object.fromEntries(
    Object.entries({ username, password }).flatMap(([name, value]) => {
      if (value === undefined || value === null) return [[name, ['This field is required.']]];
      if (typeof value !== 'string') return [[name, ['Not a valid string.']]];
      return value === '' ? [[name, ['This field may not be blank.']]] : [];
    }),
  );
  if (Object.keys(wrong).length > 0) throw fieldsInvalid(wrong);
  return { username: String(username), password: String(password) };
}

/** A form says of itself what is wrong with it, where other routes speak of who calls. */
function inFormFields(error: StewardError): DialectReply | undefined {
  switch (error.reason) {
    case 'staff_fields_invalid':
      return { status: 400, body: error.args[1] };
    case 'login_refused':
      return { status: 400, body: { non_field_errors: [error.message] } };
    case 'token_expired':
      return { status: 400, body: { non_field_errors: ['Signature has expired.'] } };
    case 'token_outdated':
    case 'token_invalid':
      return { status: 400, body: { non_field_errors: ['Error decoding signature.'] } };
    case 'account_disabled':
    case 'account_closed':
      return { status: 400, body: { non_field_errors: ['User account is disabled.'] } };
    default:
      return undefined;
  }
}
