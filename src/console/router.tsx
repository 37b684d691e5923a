import {
  createHashHistory,
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  RouterProvider,
} from '@tanstack/react-router';
import { Shell } from './shell.tsx';

const root = createRootRoute({ component: Shell });

const text = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;

const routes = [
  createRoute({
    getParentRoute: () => root,
    path: '/',
    component: lazyRouteComponent(() => import('./views/today/today.tsx'), 'TodayView'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/person',
    validateSearch: (search) => ({ name: text(search.name) }),
    component: lazyRouteComponent(() => import('./views/person/person.tsx'), 'PersonView'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/resource',
    validateSearch: (search): { id?: string; type?: string } => ({ id: text(search.id), type: text(search.type) }),
    component: lazyRouteComponent(() => import('./views/resource/resource.tsx'), 'ResourceView'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/run',
    component: lazyRouteComponent(() => import('./views/run/run.tsx'), 'RunView'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/jobs',
    validateSearch: (search) => ({ job: text(search.job) }),
    component: lazyRouteComponent(() => import('./views/jobs/jobs.tsx'), 'JobsView'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/audit',
    component: lazyRouteComponent(() => import('./views/audit/audit.tsx'), 'AuditView'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/service',
    component: lazyRouteComponent(() => import('./views/service/service.tsx'), 'ServiceView'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/account',
    component: lazyRouteComponent(() => import('./views/account/account.tsx'), 'AccountView'),
  }),
] as const;

/** The hash holds the view, so that the service serves one page whatever path it lies at. */
const router = createRouter({ routeTree: root.addChildren([...routes]), history: createHashHistory() });

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

export const ConsoleRouter = () => <RouterProvider router={router} />;
