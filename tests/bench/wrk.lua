-- What wrk sends and reports. One file drives every kind of load, told by its environment:
--   BENCH_PATHS   a file with a path a line, asked for in turn; otherwise the address on the command line
--   BENCH_FORMS   a file with, a line, the path, the body that changes a record and the one that changes it back,
--                 separated by tabs; each thread takes records of its own, so that no two saves meet
local lines, at, threads = {}, 0, 0
local turn = {}

function setup(thread)
    thread:set("number", threads)
    threads = threads + 1
end

local function read_lines(name, mine)
    local count = 0
    for line in io.lines(name) do
        if not mine or count % 2 == mine then
            lines[#lines + 1] = line
        end
        count = count + 1
    end
end

local function post()
    local path, forth, back = lines[at]:match("^(%S+)\t(%S+)\t(%S+)$")
    local body = turn[at] and back or forth
    turn[at] = not turn[at]
    return wrk.format("POST", path, nil, body)
end

local function get()
    return wrk.format("GET", lines[at])
end

function init()
    local forms, paths = os.getenv("BENCH_FORMS"), os.getenv("BENCH_PATHS")
    local make = forms and post or get
    if forms then
        wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
        read_lines(forms, number % 2)
    elseif paths then
        read_lines(paths)
    end
    if #lines > 0 then
        request = function()
            at = at % #lines + 1
            return make()
        end
    end
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format('\nresult {"requests":%d,"seconds":%.6f,"p50":%.3f,"p99":%.3f,"wrong":%d}\n',
        summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
        errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
