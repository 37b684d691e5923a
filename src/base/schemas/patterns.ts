const CONTROLS = 'contain control characters such as line breaks and tabs';
const VERIFIER_KEY = 'must be a verifier key: its name, 8 hexadecimal digits and Base64 text, joined by +';

/** What the patterns of the schemas allow, in words that follow the name of the value. */
export const PATTERNS_IN_WORDS: Readonly<Record<string, string>> = {
  '^[0-9a-f]{24}$': 'must be an id of 24 hexadecimal digits in lower case',
  '^([0-9a-f]{24})?$': 'must be empty, or an id of 24 hexadecimal digits in lower case',
  '^[0-9a-f]{64}$': 'must be 64 hexadecimal digits in lower case',
  '^[0-9a-f]{24}-[0-9]{1,3}$': 'must be the id of a record: 24 hexadecimal digits in lower case, - and a number',
  '^[0-9a-f]{24}-[0-9]{1,5}$': 'must be the id of a record: 24 hexadecimal digits in lower case, - and a number',
  '^hmac:[0-9a-f]{64}$': 'must be hmac: and 64 hexadecimal digits in lower case',
  '^(session-[0-9a-f]{32}|[0-9a-f]{64})$':
    'must be the id of a session: session- and 32 hexadecimal digits in lower case, or 64 such digits',
  '^[0-9]{6}$': 'must be 6 digits',
  '^[^\\u0000-\\u001f\\u007f]+$': `must not be empty or ${CONTROLS}`,
  '^[^\\u0000-\\u001f\\u007f]*$': `must not ${CONTROLS}`,
  '^[^\\u0000-\\u001f\\u007f-\\u009f]*$': `must not ${CONTROLS}`,
  '^[^\\u0000-\\u001f\\u007f]+@[^\\u0000-\\u001f\\u007f]+$': 'must be an email address, without control characters',
  '^[A-Za-z0-9_:.=,#@~!%+-]+$': 'must have only ASCII letters, digits, and the characters _ : . = , # @ ~ ! % + -',
  '^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$':
    'must have 1 to 64 ASCII letters, digits, and the characters _ . - and begin with a letter or digit',
  '^(auto|[1-9]|[1-5][0-9]|6[0-4])$': 'must be auto, or a number from 1 to 64',
  '^[A-Za-z0-9_.:%-]{1,253}$': 'must be an IP address or the name of a host',
  '^[0-9A-Fa-f.:]{2,45}(/[0-9]{1,3})?$': 'must be an IP address, or a range of them such as 10.0.0.0/8',
  '^([A-Za-z0-9_.@-]{1,100}|id:[^,\\s]{1,250})$':
    'must be the name of a user (1 to 100 ASCII letters, digits, and the characters _ . @ -), or id: and a subject',
  '^([A-Za-z0-9_.@-]{1,100}|id:[^,=\\s]{1,250})=([A-Za-z0-9_.@-]{1,100}|id:[^,=\\s]{1,250})$':
    'must be two users joined by =, each a name or id: and a subject',
  '^[!-*,-~]{1,200}$': 'must have 1 to 200 characters of ASCII, without spaces and +',
  '^[^\\s+,]{1,200}\\+[0-9a-f]{8}\\+[A-Za-z0-9+/]{44}$': VERIFIER_KEY,
  '^(?!(?:admin|config|local)$)(?:(?![\\/\\\\."$*<>:|?])[!-~]){1,63}$':
    'must have 1 to 63 characters of ASCII, without spaces and / \\ . " $ * < > : | ? and not be admin, config or local',
  '^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$':
    'must be two times of day such as 09:00-17:00',
};
