/* thrum/subprocess.h - Python's subprocess module: run other programs.
 *
 *     run, call, check_call, check_output,
 *     getoutput, getstatusoutput              thrum/subprocess/run.h      start, feed, capture, wait: in one call
 *     Popen                                   thrum/subprocess/popen.h    the same in steps
 *     os.system, os.spawn*, os.popen          thrum/subprocess/os.h       what replaces them
 *     ResourceWarning                         thrum/subprocess/census.h   children that nobody waited for
 *
 * The idea
 *       thrum_completed_process *done;
 *       int r = thrum_subprocess_run(&done, THRUM_ARGS("git", "log", "-1"),
 *                                    &(thrum_run_options){.capture_output = true, .check = true,
 *                                                         .timeout = thrum_seconds(10)});
 *       if (r == 0)
 *               fwrite(done->out.data, 1, done->out.size, stdout);
 *       else
 *               fprintf(stderr, "%s\n", thrum_strerror(r));
 *       done = thrum_completed_process_free(done);
 *
 * No shell reads the arguments unless one is asked for. The child gets no descriptor that it was not given. Starting
 * it costs the same from a small process and from one of many gigabytes. Waiting with a time limit sleeps, without
 * polling and without touching SIGCHLD. And a child whose output is captured is drained whenever somebody waits for
 * it, so a full pipe cannot keep parent and child waiting for each other.
 */
#ifndef THRUM_SUBPROCESS_H
#define THRUM_SUBPROCESS_H

#include <thrum/subprocess/census.h>
#include <thrum/subprocess/os.h>
#include <thrum/subprocess/popen.h>
#include <thrum/subprocess/run.h>

#endif
