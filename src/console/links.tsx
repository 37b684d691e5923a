import { Link } from '@tanstack/react-router';

interface AccountProps {
  /** As the service names accounts. */
  readonly name: string;
  readonly isRole?: boolean;
}

/** The name of a user or a role, which opens the view of it. */
export function AccountLink({ name, isRole = false }: AccountProps) {
  return (
    <Link to="/person" search={{ name: isRole ? `role:${name}` : name }}>
      {isRole ? `role ${name}` : name}
    </Link>
  );
}

/** The name of a resource, which opens the view of it. */
export function ResourceLink({ id, name }: { readonly id: string; readonly name: string }) {
  return (
    <Link to="/resource" search={{ id }}>
      {name}
    </Link>
  );
}
