'use strict';

// The Lambda Node.js runtime of Lambent: `node /var/runtime/bootstrap.cjs`.
require('./lambent-runtime/main.cjs').main();
