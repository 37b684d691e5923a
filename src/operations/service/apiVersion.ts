/**
 * The version of the KBase Workspace Service whose interface this is. Clients of it compare this one with the least
 * that they need; the version of this program is in `ServiceInfo`.
 */
export const API_VERSION = '0.15.0';
