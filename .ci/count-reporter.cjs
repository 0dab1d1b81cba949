const { appendFileSync } = require('node:fs');
const { reporters } = require('mocha');

/** Mocha's own report, and one line "passed failed skipped" at the end of the file that CI_COUNTS names. */
module.exports = class CountReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once('end', () => {
      const { passes, failures, pending } = this.stats;
      appendFileSync(process.env.CI_COUNTS, `${passes} ${failures} ${pending}\n`);
    });
  }
};
