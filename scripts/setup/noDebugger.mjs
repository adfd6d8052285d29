/**
 * Imported first: without a listener for SIGUSR1, which batch systems send, Node opens its debugger's port. What the
 * signal means is said by who listens next (src/cli/terminal/firstSignals.ts).
 */
process.on('SIGUSR1', () => {});
