import { createToken, type IToken, Lexer, type TokenType } from 'chevrotain';
import { placeOf, SpecError } from './specError.ts';

/** A name: an identifier, or a word that is a keyword only in some places. */
export const Name = createToken({ name: 'a name', pattern: Lexer.NA });
const Identifier = createToken({ name: 'an identifier', pattern: /[A-Za-z][A-Za-z0-9$_-]*/, categories: [Name] });

const Space = createToken({ name: 'white space', pattern: /[ \t\r\n]+/, group: Lexer.SKIPPED, line_breaks: true });

/** A comment ends at the first end after its beginning. One without an end is refused here, without further search. */
const Comment = createToken({
  name: 'a comment',
  pattern: (text: string, offset: number) => {
    if (!text.startsWith('/*', offset)) return null;
    const end = text.indexOf('*/', offset + 2);
    if (end < 0) throw new SpecError('the comment has no end', placeOf(text, offset));
    return [text.slice(offset, end + 2)] as unknown as RegExpExecArray;
  },
  start_chars_hint: ['/'],
  group: 'comments',
  line_breaks: true,
});

/** The length is bounded, so that many beginnings without an end cost little. */
export const Include = createToken({ name: 'an #include line', pattern: /#include[ \t]{0,100}<[^>\r\n]{0,300}>/ });

const keyword = (word: string, ...categories: TokenType[]) =>
  createToken({ name: `"${word}"`, pattern: word, longer_alt: Identifier, categories });
const sign = (text: string) => createToken({ name: `"${text}"`, pattern: text });

export const words = {
  module: keyword('module'),
  authentication: keyword('authentication'),
  required: keyword('required', Name),
  optional: keyword('optional', Name),
  none: keyword('none', Name),
  async: keyword('async', Name),
  typedef: keyword('typedef'),
  funcdef: keyword('funcdef'),
  returns: keyword('returns'),
  string: keyword('string'),
  int: keyword('int'),
  float: keyword('float'),
  object: keyword('UnspecifiedObject'),
  list: keyword('list'),
  mapping: keyword('mapping'),
  structure: keyword('structure'),
  tuple: keyword('tuple'),
} as const;

export const signs = {
  openRound: sign('('),
  closeRound: sign(')'),
  openCurly: sign('{'),
  closeCurly: sign('}'),
  open: sign('<'),
  close: sign('>'),
  comma: sign(','),
  dot: sign('.'),
  semicolon: sign(';'),
  colon: sign(':'),
} as const;

export const vocabulary: TokenType[] = [
  Space,
  Comment,
  Include,
  ...Object.values(words),
  Identifier,
  Name,
  ...Object.values(signs),
];

const lexer = new Lexer(vocabulary, { positionTracking: 'full', ensureOptimizations: true });

export interface Tokens {
  readonly tokens: IToken[];
  /** In order. */
  readonly comments: readonly IToken[];
}

/** @throws SpecError at the first character that begins no token */
export function tokenize(text: string): Tokens {
  const { tokens, errors, groups } = lexer.tokenize(text);
  const [error] = errors;
  if (error !== undefined) {
    const found = JSON.stringify(text.slice(error.offset, error.offset + 1));
    throw new SpecError(`${found} cannot stand here`, placeOf(text, error.offset));
  }
  return { tokens, comments: groups.comments ?? [] };
}
