/** The option for the configuration file. */
export const CONFIG = [
  '--config <file>',
  'the deploy.cfg to use (else STEWARD_CONFIG, else KB_DEPLOYMENT_CONFIG, else defaults)',
] as const;
