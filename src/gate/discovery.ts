import { LRUCache } from 'lru-cache';
import type { OpenRpcDocument } from '../base/schemas/generated.ts';
import type { Rank } from '../identity/rank.ts';
import { type Callable, openRpc } from '../operations/discovery/openrpc.ts';
import { rpcMethods } from '../operations/index.ts';
import type { Command } from '../operations/operation.ts';
import type { Caller } from './callContext.ts';
import { mayCallMethods } from './policy/defaultPolicy.ts';

/** Most callers have the same rights, so documents are cached by the set of what a caller may call. */
const MAX_DOCUMENTS = 16;

/** A caller of `rpc.discover`, and what the gate would let them run. */
interface Discovering {
  readonly caller: Caller | undefined;
  readonly rank: Rank;
  readonly mayRun: (command: Command) => boolean;
}

/** The documents that `rpc.discover` answers with. */
export class Discovery {
  readonly #commands: readonly Command[];
  readonly #version: string;
  readonly #documents = new LRUCache<string, OpenRpcDocument>({ max: MAX_DOCUMENTS });

  constructor(commands: Iterable<Command>, version: string) {
    this.#commands = [...commands];
    this.#version = version;
  }

  /** What the caller may call. */
  documentFor({ caller, rank, mayRun }: Discovering): OpenRpcDocument {
    const callable: Callable = {
      methods: rpcMethods.filter((method) => {
        if (method.auth === 'none') return true;
        if (caller === undefined) return method.auth === 'optional';
        return rank.through === undefined || mayCallMethods(rank.through, method);
      }),
      commands: this.#commands.filter(mayRun),
    };
    const key = [...callable.methods, ...callable.commands].map(({ name }) => name).join(' ');
    const document = this.#documents.get(key) ?? openRpc(callable, this.#version);
    this.#documents.set(key, document);
    return document;
  }
}
