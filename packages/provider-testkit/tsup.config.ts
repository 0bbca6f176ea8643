import { library } from "../../tooling/tsconfig/tsup.ts";

export default library({ entry: ["src/index.ts"] });
