import { EmbeddedActionsParser, type IParserErrorMessageProvider, type IToken, type TokenType } from 'chevrotain';
import { cutToCharacters } from '../../../base/text.ts';
import type { Authentication, Module, Parameter, StructureField, TypeNode } from './definition.ts';
import { assertDepth } from './extent.ts';
import { moduleOfPath } from './includeLine.ts';
import { type Includes, Scope } from './scope.ts';
import { Problem, SpecError } from './specError.ts';
import { Include, Name, signs, vocabulary, words } from './tokens.ts';

type CommentBefore = (offset: number, after: number) => string;

/** The grammar of KBase's interface language. Names are bound while parsing: a type is defined before it is used. */
export class Grammar extends EmbeddedActionsParser {
  #includes: Includes = new Map();
  #commentBefore: CommentBefore = () => '';
  /** Where the definition before this one ended, since a comment belongs to only one definition. */
  #after = 0;
  #depth = 0;
  #scope = new Scope({ module: 'none', comment: '' }, new Map());

  constructor() {
    super(vocabulary, { maxLookahead: 3, recoveryEnabled: false, errorMessageProvider });
    this.performSelfAnalysis();
  }

  /** The modules that these tokens define; syntax errors are in `errors`. @throws SpecError */
  read(tokens: IToken[], includes: Includes, commentBefore: CommentBefore): readonly Module[] {
    this.input = tokens;
    this.#includes = includes;
    this.#commentBefore = commentBefore;
    this.#after = 0;
    this.#depth = 0;
    return this.specification();
  }

  specification = this.RULE('specification', () => {
    const modules: Module[] = [];
    this.MANY(() => this.SUBRULE(this.include));
    this.MANY2(() => modules.push(this.SUBRULE(this.module)));
    return modules;
  });

  /** An include that is not at the head of the text has not been looked up. */
  include = this.RULE('include', () => {
    const line = this.CONSUME(Include);
    this.#at(line, () => {
      const name = moduleOfPath(line.image.slice(line.image.indexOf('<') + 1, -1));
      if (this.#includes.has(name)) return;
      throw new Problem(`Can not find included module [${name}] from line: ${line.image}`);
    });
  });

  module = this.RULE('module', () => {
    const comment = this.#commentOf(this.CONSUME(words.module));
    const service = this.OPTION({
      GATE: () => this.LA(2).tokenType === signs.colon,
      DEF: () => {
        const before = this.CONSUME(Name);
        this.CONSUME(signs.colon);
        return before;
      },
    });
    const name = this.CONSUME2(Name);
    this.#at(name, () => {
      this.#scope = new Scope({ module: name.image, service: service?.image, comment }, this.#includes);
    });
    this.CONSUME(signs.openCurly);
    this.MANY(() => {
      this.OR([
        { ALT: () => this.SUBRULE(this.typedef) },
        { ALT: () => this.SUBRULE(this.funcdef) },
        { ALT: () => this.SUBRULE(this.defaultAuthentication) },
      ]);
      this.CONSUME(signs.semicolon);
    });
    this.CONSUME(signs.closeCurly);
    this.CONSUME2(signs.semicolon);
    return this.#scope.toModule();
  });

  typedef = this.RULE('typedef', () => {
    const comment = this.#commentOf(this.CONSUME(words.typedef));
    const type = this.SUBRULE(this.type);
    const name = this.CONSUME(Name);
    this.#at(name, () => this.#scope.addTypedef(name.image, type, comment));
    this.#endDefinition();
  });

  funcdef = this.RULE('funcdef', () => {
    const async = this.OPTION(() => this.CONSUME(words.async)) !== undefined;
    const comment = this.#commentOf(this.CONSUME(words.funcdef));
    const name = this.CONSUME(Name);
    const parameters = this.SUBRULE(this.parameters);
    this.CONSUME(words.returns);
    const returns = this.SUBRULE2(this.parameters);
    const authentication = this.OPTION2(() => this.SUBRULE(this.authentication));
    this.#at(name, () =>
      this.#scope.addFuncdef({ name: name.image, async, parameters, returns, comment, authentication }),
    );
    this.#endDefinition();
  });

  defaultAuthentication = this.RULE('defaultAuthentication', () => {
    const word = this.LA(1);
    const authentication = this.SUBRULE(this.authentication);
    this.#at(word, () => this.#scope.setAuthentication(authentication));
  });

  authentication = this.RULE('authentication', () => {
    this.CONSUME(words.authentication);
    const { image } = this.OR([
      { ALT: () => this.CONSUME(words.required) },
      { ALT: () => this.CONSUME(words.optional) },
      { ALT: () => this.CONSUME(words.none) },
    ]);
    return image as Authentication;
  });

  parameters = this.RULE('parameters', () => {
    const found: Parameter[] = [];
    this.CONSUME(signs.openRound);
    this.MANY_SEP({ SEP: signs.comma, DEF: () => found.push(this.SUBRULE(this.parameter)) });
    this.CONSUME(signs.closeRound);
    return found;
  });

  parameter = this.RULE('parameter', (): Parameter => {
    const type = this.SUBRULE(this.type);
    const name = this.OPTION(() => this.CONSUME(Name).image);
    return name === undefined ? { type } : { name, type };
  });

  type = this.RULE('type', (): TypeNode => {
    this.#deeper();
    const found = this.OR<TypeNode>([
      { ALT: () => this.#scalar(words.string, 'string') },
      { ALT: () => this.#scalar(words.int, 'int') },
      { ALT: () => this.#scalar(words.float, 'float') },
      { ALT: () => this.#scalar(words.object, 'object') },
      { ALT: () => this.SUBRULE(this.list) },
      { ALT: () => this.SUBRULE(this.mapping) },
      { ALT: () => this.SUBRULE(this.tuple) },
      { ALT: () => this.SUBRULE(this.structure) },
      { ALT: () => this.SUBRULE(this.named) },
    ]);
    this.#depth -= 1;
    return found;
  });

  list = this.RULE('list', (): TypeNode => {
    this.CONSUME(words.list);
    this.CONSUME(signs.open);
    const item = this.SUBRULE(this.type);
    this.CONSUME(signs.close);
    return { kind: 'list', item };
  });

  mapping = this.RULE('mapping', (): TypeNode => {
    this.CONSUME(words.mapping);
    this.CONSUME(signs.open);
    const key = this.SUBRULE(this.parameter).type;
    this.CONSUME(signs.comma);
    const value = this.SUBRULE2(this.parameter).type;
    this.CONSUME(signs.close);
    return { kind: 'mapping', key, value };
  });

  tuple = this.RULE('tuple', (): TypeNode => {
    const items: Parameter[] = [];
    this.CONSUME(words.tuple);
    this.CONSUME(signs.open);
    this.AT_LEAST_ONE_SEP({ SEP: signs.comma, DEF: () => items.push(this.SUBRULE(this.parameter)) });
    this.CONSUME(signs.close);
    return { kind: 'tuple', items };
  });

  structure = this.RULE('structure', (): TypeNode => {
    const fields = new Map<string, StructureField>();
    this.CONSUME(words.structure);
    this.CONSUME(signs.openCurly);
    this.MANY(() => {
      const type = this.SUBRULE(this.type);
      const name = this.CONSUME(Name);
      this.#at(name, () => {
        if (fields.has(name.image)) throw new Problem(`Name duplication for field [${name.image}]`);
        fields.set(name.image, { name: name.image, type });
      });
      this.CONSUME(signs.semicolon);
    });
    this.CONSUME(signs.closeCurly);
    return { kind: 'structure', fields: [...fields.values()] };
  });

  named = this.RULE('named', (): TypeNode => {
    const first = this.CONSUME(Name);
    const second = this.OPTION(() => {
      this.CONSUME(signs.dot);
      return this.CONSUME2(Name);
    });
    return this.#at(first, () =>
      second === undefined ? this.#scope.type(first.image) : this.#scope.type(second.image, first.image),
    );
  });

  #scalar(word: TokenType, kind: 'string' | 'int' | 'float' | 'object'): TypeNode {
    this.CONSUME(word);
    return { kind };
  }

  #commentOf(keyword: IToken): string {
    return this.ACTION(() => {
      const comment = this.#commentBefore(keyword.startOffset, this.#after);
      this.#after = keyword.startOffset;
      return comment;
    });
  }

  /** Remembers the end of a definition: comments within it do not belong to the next one. */
  #endDefinition(): void {
    this.ACTION(() => {
      this.#after = this.LA(1).startOffset;
    });
  }

  #deeper(): void {
    this.#depth += 1;
    this.#at(this.LA(1), () => assertDepth(this.#depth));
  }

  /** Runs the action for what was parsed; a Problem gets the position of this token. */
  #at<R>(token: IToken, work: () => R): R {
    return this.ACTION(() => {
      try {
        return work();
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        throw new SpecError(error.message, { line: token.startLine ?? 1, column: token.startColumn ?? 1 });
      }
    });
  }
}

const encountered = (token: IToken | undefined) =>
  token === undefined || token.image === ''
    ? 'the end of the specification'
    : JSON.stringify(cutToCharacters(token.image, 64));

const expecting = (actual: IToken | undefined, expected: readonly TokenType[]) => {
  const names = [...new Set(expected.map((type) => type.name))];
  return `found ${encountered(actual)} where ${names.length === 1 ? '' : 'one of '}${names.join(', ')} was expected`;
};

const errorMessageProvider: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected, actual }) => expecting(actual, [expected]),
  buildNotAllInputParsedMessage: ({ firstRedundant }) => expecting(firstRedundant, [words.module]),
  buildNoViableAltMessage: ({ expectedPathsPerAlt, actual: [actual] }) =>
    expecting(
      actual,
      expectedPathsPerAlt.flatMap((paths) => paths.flatMap((path) => path.slice(0, 1))),
    ),
  buildEarlyExitMessage: ({ expectedIterationPaths, actual: [actual] }) =>
    expecting(
      actual,
      expectedIterationPaths.flatMap((path) => path.slice(0, 1)),
    ),
};
