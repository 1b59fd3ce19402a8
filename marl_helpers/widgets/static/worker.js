// Learning beside the page, in a Worker; where none is allowed, on the page itself, a moment at a time. On the page
// this file follows learner.js in one module.

/** Learns what it is sent, `slice` milliseconds at a time, and posts how far it is; a newer request takes over. */
class LearnerLoop {
  constructor(post, slice) {
    Object.assign(this, { post, slice });
  }

  /** Take a request {id, table, methods, options}. Named as a Worker's methods are: it stands in for one. */
  postMessage(request) {
    this.request = request;
    this.learn(request).catch(reportError);
  }

  terminate() {
    this.request = null;
  }

  async learn(request) {
    for (const method of request.methods) {
      const learner = new TableLearner(request.table, method, request.options);
      do {
        await new Promise((resolve) => setTimeout(resolve)); // here a newer request comes in
        if (this.request !== request) return;
        const end = performance.now() + this.slice;
        while (learner.share < 1 && performance.now() < end) learner.descend(1);
        const result = learner.share < 1 ? null : learner.result();
        this.post({ id: request.id, method, share: learner.share, result });
      } while (learner.share < 1);
    }
  }
}

// A file of its own would have no address in a notebook, and a page opened from a file may not fetch it.
const LEARNER_PARTS = [RunDraws, LearnedUtilities, LearnedAlone, LearnedSum, LearnedMixer, LearnedTable, TableLearner];
const LEARNER_SOURCE = `${[...LEARNER_PARTS, LearnerLoop].join("\n")}
const loop = new LearnerLoop((update) => postMessage(update), 16);
onmessage = ({ data }) => loop.postMessage(data);`;

/** Learns one request at a time; a newer one abandons the older at once. */
class LearnerWorker {
  id = 0; // of the newest request

  /** Learn the methods in turn. onUpdate({method, share, result}) hears the share of the method's steps that is done,
   * and with the last of them its result, as of TableLearner; `options` are those of TableLearner. */
  start(table, methods, options, onUpdate) {
    methods.forEach(TableLearner.methodOf); // an unknown one is the caller's error, here and now
    this.id += 1;
    [this.request, this.onUpdate] = [{ id: this.id, table, methods, options }, onUpdate];
    this.home ??= this.worker();
    this.home.postMessage(this.request);
  }

  /** Abandon what is being learned and let the Worker go. */
  stop() {
    this.home?.terminate();
    this.home = this.request = null;
  }

  worker() {
    try {
      const worker = new Worker(LearnerWorker.address());
      worker.onmessage = ({ data }) => this.hear(data);
      worker.onerror = () => this.takeOver(worker); // how some browsers tell that the page's policy refuses it
      return worker;
    } catch {
      return this.page(); // how others tell
    }
  }

  page() {
    return new LearnerLoop((update) => this.hear(update), 8);
  }

  takeOver(worker) {
    if (this.home !== worker) return;
    worker.terminate();
    this.home = this.page();
    this.home.postMessage(this.request);
  }

  hear({ id, ...update }) {
    if (this.request?.id === id) this.onUpdate(update);
  }

  static address() {
    return (LearnerWorker.url ??= URL.createObjectURL(new Blob([LEARNER_SOURCE], { type: "text/javascript" })));
  }
}
