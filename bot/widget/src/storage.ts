/** What this page writes down in the browser. Names say nothing of what the page is. */

export interface Shelf {
  get(key: string): string | null;
  set(key: string, value: string): void;
  remove(key: string): void;
  clear(): void;
}

const PREFIX = 'note.';

/** Storage that is blocked (private window, third-party frame) or full is replaced by the page's own memory. */
export function shelf(open: () => Storage): Shelf {
  const memory = new Map<string, string>();
  const attempt = <T>(work: (store: Storage) => T, otherwise: T): T => {
    try {
      return work(open());
    } catch {
      return otherwise;
    }
  };
  return {
    get: (key) => attempt((store) => store.getItem(PREFIX + key), null) ?? memory.get(key) ?? null,
    set(key, value) {
      memory.set(key, value);
      attempt((store) => store.setItem(PREFIX + key, value), undefined);
    },
    remove(key) {
      memory.delete(key);
      attempt((store) => store.removeItem(PREFIX + key), undefined);
    },
    clear() {
      memory.clear();
      attempt((store) => {
        for (const key of Object.keys(store)) if (key.indexOf(PREFIX) === 0) store.removeItem(key);
      }, undefined);
    },
  };
}

/** Ends with the tab: token, what is not sent yet, the draft. */
export const tabShelf: Shelf = shelf(() => window.sessionStorage);

/** Stays on the device: only the device token, and only after "go on next time" was chosen. */
export const deviceShelf: Shelf = shelf(() => window.localStorage);
