export function nodePackage(): string;
