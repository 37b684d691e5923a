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
    component: lazyRouteComponent(() => import('./views/today.tsx'), 'TodayView'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/person',
    validateSearch: (search) => ({ name: text(search.name) }),
    component: lazyRouteComponent(() => import('./views/person.tsx'), 'PersonView'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/run',
    component: lazyRouteComponent(() => import('./views/run.tsx'), 'RunView'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/jobs',
    validateSearch: (search) => ({ job: text(search.job) }),
    component: lazyRouteComponent(() => import('./views/jobs.tsx'), 'JobsView'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/audit',
    component: lazyRouteComponent(() => import('./views/audit.tsx'), 'AuditView'),
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
