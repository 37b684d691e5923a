import { refuse } from '../base/errors.ts';
import type { CopyRequest, CopySource, ModuleElsewhere } from '../domain/modules/copy.ts';
import { RemoteError } from '../identity/remote.ts';
import { ServiceRefusal, WorkspaceService } from './workspaceService.ts';

/**
 * The workspace services that specifications may be copied from: those that the operator names, since a request to an
 * address of the caller's choice would show what answers in the operator's network.
 */
export class CopySources implements CopySource {
  readonly #urls: ReadonlySet<string>;
  readonly #warn: (sentence: string) => void;

  constructor(urls: readonly string[], warn: (sentence: string) => void) {
    this.#urls = new Set(urls.flatMap((url) => usual(url) ?? []));
    this.#warn = warn;
  }

  /**
   * Fetches a module as it shows to nobody known: no token is sent. Whatever goes wrong on the way is one error to the
   * caller, and told in the log.
   *
   * @throws spec_source_unlisted, spec_unreachable
   */
  async module({ url, module, version, requestId }: CopyRequest): Promise<ModuleElsewhere> {
    const listed = usual(url);
    if (listed === undefined || !this.#urls.has(listed)) throw refuse('spec_source_unlisted');
    try {
      return await new WorkspaceService(listed).module(module, version);
    } catch (error) {
      if (!(error instanceof RemoteError) && !(error instanceof ServiceRefusal)) throw error;
      this.#warn(`no specification of ${module} came from ${listed}: ${error.message} (request ${requestId})`);
      throw refuse('spec_unreachable', listed);
    }
  }
}

/** A URL in its usual form, in which a slash at the end makes no difference; undefined when it is none. */
const usual = (url: string): string | undefined =>
  URL.canParse(url) ? new URL(url).href.replace(/\/+$/, '') : undefined;
