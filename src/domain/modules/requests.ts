import { refuse } from '../../base/errors.ts';
import type { ListModRequests } from '../../base/schemas/generated.ts';
import type { People } from '../../identity/people.ts';
import { type Principal, principals, wireName } from '../../identity/principal.ts';
import type { Reader } from '../../store/collection.ts';
import type { Transaction } from '../../store/transaction.ts';
import { nameProblem } from './kidl/scope.ts';
import { moduleRequests, modules } from './module.ts';

/** The most pending requests of one user. */
const MAX_REQUESTS = 30;

/**
 * Requests to own a new module, which an administrator approves or denies.
 *
 * @throws module_exists, module_name_invalid, module_requests_full, module_requested, module_registered
 */
export async function requestModuleOwnership(tx: Transaction, requester: Principal, module: string): Promise<void> {
  const present = await tx.get(modules, module);
  if (present?.released !== undefined) throw refuse('module_exists', module);
  const why = nameProblem(module, 'Module name');
  if (why !== undefined) throw refuse('module_name_invalid', why);
  const own = await tx.find(moduleRequests, { requester: { $eq: requester._id } }, { limit: MAX_REQUESTS });
  if (own.length === MAX_REQUESTS) throw refuse('module_requests_full', wireName(requester), MAX_REQUESTS);
  if ((await tx.get(moduleRequests, module)) !== null) throw refuse('module_requested', module);
  if (present !== null) throw refuse('module_registered', module);
  await tx.insert(moduleRequests, { _id: module, requester: requester._id, at: tx.now });
}

/** The pending requests, the oldest first. */
export async function listModRequests(reader: Reader, people: People): Promise<ListModRequests['result']> {
  const waiting = await reader.find(moduleRequests, {}, { sort: { at: 1, _id: 1 } });
  const nameOf = await people.names(waiting.map((request) => request.requester));
  return waiting.map(({ _id, requester }) => ({
    ownerUserId: nameOf(requester),
    withChangeOwnersPrivilege: true,
    moduleName: _id,
  }));
}

/**
 * Makes the requested module, owned by the user who requested it.
 *
 * @throws module_not_requested, module_registered, account_is_closed
 */
export async function approveModRequest(tx: Transaction, module: string | undefined): Promise<void> {
  const request = await requestFor(tx, module);
  if ((await tx.get(modules, request._id)) !== null) throw refuse('module_registered', request._id);
  const requester = await tx.get(principals, request.requester);
  if (requester?.living !== true) throw refuse('account_is_closed', requester?.username ?? request.requester);
  await tx.remove(moduleRequests, request);
  await tx.insert(modules, {
    _id: request._id,
    owners: [{ principal: request.requester, canGrant: true }],
    createdAt: tx.now,
    releasedTypes: [],
  });
  const text = `Your request for the module ${request._id} was approved: you own it.`;
  tx.notify({ to: request.requester, about: 'moduleApproved', text });
}

/** Removes the request. Anybody may request the name again. @throws module_not_requested */
export async function denyModRequest(tx: Transaction, module: string | undefined): Promise<void> {
  const request = await requestFor(tx, module);
  await tx.remove(moduleRequests, request);
  const text = `Your request for the module ${request._id} was denied.`;
  tx.notify({ to: request.requester, about: 'moduleDenied', text });
}

async function requestFor(tx: Transaction, module: string | undefined) {
  const request = module === undefined ? null : await tx.get(moduleRequests, module);
  if (request === null) throw refuse('module_not_requested', module ?? 'null');
  return request;
}
