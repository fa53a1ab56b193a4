'use strict';

exports.handler = () => {}; // warm.cjs loads it
