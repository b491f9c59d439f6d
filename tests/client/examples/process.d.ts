// The part of Node's own types that the examples use.
declare const process: { argv: string[]; env: Record<string, string | undefined>; exit(status: number): never };
