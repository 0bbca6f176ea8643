/** Of the one group of a job. */
export const groupName = "pod";
