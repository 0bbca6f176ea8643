// What `npm start`, `npm test` and `npm run demo` call. It has to run on whatever Node.js there is, so it uses nothing new
// until it knows the version, and no dependencies.

const [major] = process.versions.node.split(".");
if (Number(major) < 18) {
  process.stderr.write(
    `This needs Node.js 18 or newer to begin with, and this is ${process.version}: install a newer one.\n`,
  );
  process.exitCode = 1;
} else {
  void import("./setup/main.mjs").then(({ main }) => main(process.argv.slice(2)));
}
