import { useState } from "react";
import type { Session } from "./session.js";
import { counted } from "./units.js";

/** Rehashes everything this browser holds. What went wrong is dropped, and the sync that follows brings it back. */
export function Check({ session: { sync } }: { session: Session }) {
  const [found, setFound] = useState<string>();
  const check = async () => {
    setFound("Hashing every row ...");
    const { rows, corrupted, sumsRepaired } = await sync.audit();
    const isWrong = corrupted.length > 0 || sumsRepaired;
    if (isWrong) await sync.sync();
    const was = corrupted.length === 1 ? "was" : "were";
    setFound(
      isWrong
        ? `${counted(corrupted.length, "row")} ${was} wrong, and healed`
        : `${counted(rows, "row")}: nothing wrong`,
    );
  };
  return (
    <div className="bar">
      <button type="button" onClick={() => check().catch((error: Error) => setFound(error.message))}>
        Check and heal
      </button>
      <output className="small soft" data-testid="audit" style={{ alignSelf: "center" }}>
        {found}
      </output>
    </div>
  );
}
