/** Mocha lets a rejection that nobody handles pass, where Node would end the process: here it fails the test. */
process.on('unhandledRejection', (reason) => {
  throw reason;
});

/** Listeners that pile up are a leak, of the kit or of a test. */
process.on('warning', (warning) => {
  if (warning.name === 'MaxListenersExceededWarning') throw warning;
});
