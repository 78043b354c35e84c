// Labels that have more than one wording: products rename things from one release to the next.

const WORDS = {
  invite: ["Invite Members", "Add people"],
  remove: ["Remove member", "Delete member"],
  email: ["Email", "E-mail address"],
};

let renamed = {};

/** From now on the labels named here have their newer wording. */
export function useWording(next) {
  renamed = next || {};
}

export function word(name) {
  const [old, newer] = WORDS[name];
  return renamed[name] ? newer : old;
}
