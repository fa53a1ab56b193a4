'use strict';

/** From the text of _HANDLER to a function, as AWS's UserFunction.js (to 22) and src/function (from 24) do it. */

const fs = require('fs');
const path = require('path');
const { createRequire } = require('module');
const { pathToFileURL } = require('url');
const errors = require('./errors.cjs');
const { installGlobals, isStreaming } = require('./streaming.cjs');

const CALLBACKS_REMOVED = 'ERROR: AWS Lambda has removed support for callback-based function handlers starting with '
  + 'Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later. '
  + 'For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.';

async function load(taskRoot, handlerText, hasCallbacks) {
  const { folder, moduleName, names } = split(handlerText);
  installGlobals();
  const userModule = await loadModule(taskRoot, folder, moduleName, hasCallbacks);
  const handler = find(userModule, names) || (hasCallbacks ? undefined : find(userModule.default, names));

  if (!handler) throw new errors.HandlerNotFound(`${handlerText} is undefined or not exported`);
  if (typeof handler !== 'function') throw new errors.HandlerNotFound(`${handlerText} is not a function`);
  if (!hasCallbacks && !isStreaming(handler) && handler.length >= 3) throw new errors.CallbackHandlerDeprecated(CALLBACKS_REMOVED);
  return handler;
}

/** 'a/b/module.nested.name' is folder 'a/b/', module 'module' and names ['nested', 'name']. */
function split(text) {
  if (text.includes('..')) {
    throw new errors.MalformedHandlerName(`'${text}' is not a valid handler name. Use absolute paths when specifying `
      + 'root directories in handler names.');
  }
  const base = path.basename(text);
  const match = /^([^.]*)\.(.*)$/.exec(base);
  if (!match) throw new errors.MalformedHandlerName('Bad handler');
  return { folder: text.slice(0, text.indexOf(base)), moduleName: match[1], names: match[2].split('.') };
}

function find(root, names) {
  return names.reduce((object, name) => object && object[name], root);
}

async function loadModule(taskRoot, folder, moduleName, hasCallbacks) {
  const stem = path.resolve(taskRoot, folder, moduleName);
  try {
    const found = hasCallbacks ? await byRequireFirst(stem) : await byImport(stem);
    if (found) return found;
    const userRequire = requireOfRuntime();
    return userRequire(userRequire.resolve(moduleName, { paths: [taskRoot, path.join(taskRoot, folder)] }));
  } catch (error) {
    if (error instanceof SyntaxError) throw new errors.UserCodeSyntaxError(error);
    if (error?.code === 'MODULE_NOT_FOUND') throw new errors.ImportModuleError(error);
    throw error;
  }
}

async function byImport(stem) {
  for (const extension of ['', '.js', '.mjs', '.cjs', '.ts', '.mts', '.cts']) {
    const found = await importIfThere(stem + extension);
    if (found) return found;
  }
  return undefined;
}

async function byRequireFirst(stem) {
  const extensionless = requireIfThere(stem);
  if (extensionless) return extensionless;
  const isModule = isInModulePackage(path.dirname(stem));
  return (isModule ? await importIfThere(`${stem}.js`) : requireIfThere(`${stem}.js`))
    || await importIfThere(`${stem}.mjs`)
    || requireIfThere(`${stem}.cjs`);
}

function requireIfThere(file) {
  return fs.existsSync(file) ? requireOfRuntime()(file) : undefined;
}

async function importIfThere(file) {
  return fs.existsSync(file) ? import(pathToFileURL(file).href) : undefined;
}

/** Its "Require stack" in messages ends as on AWS. */
function requireOfRuntime() {
  return createRequire(path.join(path.resolve(process.env.LAMBDA_RUNTIME_DIR || path.dirname(__dirname)), 'index.mjs'));
}

/** The nearest package.json decides; node_modules is a border. */
function isInModulePackage(folder) {
  if (folder.endsWith('/node_modules')) return false;
  const file = path.join(folder, 'package.json');
  if (fs.existsSync(file)) {
    try {
      const content = JSON.parse(fs.readFileSync(file, 'utf8'));
      if (content) return content.type === 'module';
    } catch (error) {
      console.warn(`${file} cannot be read, it will be ignored for ES module detection purposes.`, error);
      return false;
    }
  }
  return folder === '/' ? false : isInModulePackage(path.dirname(folder));
}

module.exports = { load };
