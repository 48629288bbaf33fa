export function checkVectors(): { name: string; ok: boolean; detail?: unknown }[];
