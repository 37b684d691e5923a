import { refuse } from '../base/errors.ts';
import type { CopyRequest, CopySource, ModuleElsewhere } from '../domain/modules/copy.ts';
import { RemoteError } from '../identity/remote.ts';
import { ServiceRefusal, WorkspaceService } from './workspaceService.ts';

/**
 * The workspace services that specifications may be copied from. The operator lists them: if callers could choose any
 * address, they could find out what answers inside the operator's network.
 */
export class CopySources implements CopySource {
  readonly #urls: ReadonlySet<string>;
  readonly #warn: (sentence: string) => void;

  constructor(urls: readonly string[], warn: (sentence: string) => void) {
    this.#urls = new Set(urls.flatMap((url) => usual(url) ?? []));
    this.#warn = warn;
  }

  /**
   * Fetches a module anonymously: no token is sent. The caller gets one error for every failure; the log says which it
   * was.
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

/** The normalised URL, without a trailing slash; undefined if the text is not a URL. */
const usual = (url: string): string | undefined =>
  URL.canParse(url) ? new URL(url).href.replace(/\/+$/, '') : undefined;
