/** A notice to somebody who is affected by a change. */
export interface Notice {
  /** The id of the principal who is told. */
  readonly to: string;
  readonly about: NoticeSubject;
  /** One sentence. */
  readonly text: string;
}

export type NoticeSubject =
  | 'moduleApproved'
  | 'moduleDenied'
  | 'workspaceGiven'
  | 'workspaceTaken'
  | 'permissionChanged'
  | 'resourcesGiven'
  | 'resourcesTaken'
  | 'proofsReset'
  | 'approvalRequested'
  | 'approvalDecided'
  | 'glassBroken'
  | 'glassReviewed';
