/** Makes an unhandled rejection fail the test, which mocha would ignore. */
process.on('unhandledRejection', (reason) => {
  throw reason;
});

/** Makes a listener leak of the kit or of a test fail the test. */
process.on('warning', (warning) => {
  if (warning.name === 'MaxListenersExceededWarning') throw warning;
});
