using System.Security.Cryptography;
using System.Text;
using Mesh.Contracts.Functions;
using Mesh.Hosting.Decisions;

namespace Mesh.Functions.Schedules;

/// <summary>The decisions about schedules. Pure: time, and whether the last job still runs, are arguments.</summary>
public static class ScheduleDecider
{
    /// <summary>Most times that wait for a job at once.</summary>
    public const int MostWaiting = 100;

    /// <summary>Most times that one look takes; the next look takes the next.</summary>
    public const int MostAtOnce = 100;

    /// <summary>Most jobs of one backfill.</summary>
    public const int MostBackfilled = 1000;

    private const string StillRuns = "the job of the time before had not ended";
    private const string HasJob = "the time has its job already";

    /// <summary>The id of the job of a due time: the same whoever submits it, so that it is submitted once.</summary>
    public static Guid JobOf(string project, string schedule, DateTimeOffset due)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{project}\nschedules\n{schedule}\n{due.UtcTicks}"));
        // RFC 9562 version 8: the bits are ours but for version and variant.
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash.AsSpan(0, 16), bigEndian: true);
    }

    public static Decision<ScheduleEvent> Define(
        string name, ScheduleTrigger trigger, SchedulePolicy policy, string? description, string by, Schedule? state, DateTimeOffset now)
    {
        if (trigger.Fault() is var (code, field, detail)) return Rejection.Unprocessable(code, detail, field);
        var next = state is { IsPaused: true, IsDeleted: false } ? null : trigger.After(now, now);
        return new ScheduleEvent.Defined(name, (state?.Revision ?? 0) + 1, trigger, policy, description, next, by, now);
    }

    public static Decision<ScheduleEvent> Pause(string name, string by, Schedule? state, DateTimeOffset now) => state switch
    {
        null or { IsDeleted: true } => Unknown(name),
        { IsPaused: true } => Decision<ScheduleEvent>.Nothing,
        _ => new ScheduleEvent.Paused(by, now),
    };

    public static Decision<ScheduleEvent> Resume(string name, string by, Schedule? state, DateTimeOffset now) => state switch
    {
        null or { IsDeleted: true } => Unknown(name),
        { IsPaused: false } => Decision<ScheduleEvent>.Nothing,
        _ => new ScheduleEvent.Resumed(state.Trigger.After(now, state.DefinedAt), by, now),
    };

    public static Decision<ScheduleEvent> Delete(string name, string by, Schedule? state, DateTimeOffset now) =>
        state is null or { IsDeleted: true } ? Unknown(name) : new ScheduleEvent.Deleted(by, now);

    public static Rejection Unknown(string name) => Rejection.NotFound("schedule.unknown", $"There is no schedule '{name}' in this project.");

    /// <summary>What the present moment brings.</summary>
    /// <param name="lastRuns">Whether the last job has not ended.</param>
    /// <param name="refusal">Why the job could not be submitted now, if it could not.</param>
    /// <param name="hasJob">Whether a job is there already, of a backfill.</param>
    public static Decision<ScheduleEvent> Fire(string project, Schedule? state, bool lastRuns, string? refusal, Func<Guid, bool> hasJob, DateTimeOffset now)
    {
        if (state is null or { IsDeleted: true } or { IsPaused: true }) return Decision<ScheduleEvent>.Nothing;
        var turn = new Turn(project, state, lastRuns, refusal, hasJob, now);
        if (state.Waiting.Count > 0 && !lastRuns) turn.Submit(state.Waiting[0], state.NextDueAt);
        if (state.FireAt > now || state.NextDueAt is not { } first) return turn.Decision();

        var dues = new List<DateTimeOffset>();
        var grace = now.AddSeconds(-state.Policy.GraceSeconds - state.Trigger.JitterSeconds);
        if (first < grace)
        {
            dues.AddRange(turn.CatchUp(first, grace));
            first = grace;
        }

        dues.AddRange(state.Trigger.Between(first, now.AddTicks(1), state.DefinedAt)
            .TakeWhile(due => state.Trigger.FireAt(state.Name, due) <= now).Take(MostAtOnce));
        for (var i = 0; i < dues.Count; i++) turn.Take(dues[i], isLast: i == dues.Count - 1);
        return turn.Decision();
    }

    /// <summary>The events of one moment as they come about.</summary>
    private sealed class Turn(string project, Schedule state, bool lastRuns, string? refusal, Func<Guid, bool> hasJob, DateTimeOffset now)
    {
        private readonly List<ScheduleEvent> _events = [];
        private bool _runs = lastRuns;
        private Guid? _last = state.LastJobId;
        private int _waiting = state.Waiting.Count;

        public Decision<ScheduleEvent> Decision() => _events.Count == 0 ? Decision<ScheduleEvent>.Nothing : Decision<ScheduleEvent>.Of([.. _events]);

        /// <summary>Deals with the times that are too late.</summary>
        /// <returns>Those of them that fire all the same.</returns>
        public IReadOnlyList<DateTimeOffset> CatchUp(DateTimeOffset first, DateTimeOffset grace)
        {
            var count = state.Policy.Misfire switch
            {
                MisfirePolicy.Skip => 0,
                MisfirePolicy.FireOnce => 1,
                MisfirePolicy.CatchUp => state.Policy.MaxCatchUp,
                _ => throw new InvalidOperationException($"There is no policy {state.Policy.Misfire}."),
            };
            var late = count == 0 ? [] : state.Trigger.Last(count, first, grace, state.DefinedAt);
            var until = late.Count > 0 ? late[0] : grace;
            if (first < until) _events.Add(new ScheduleEvent.Missed(first, until, state.Trigger.After(until.AddTicks(-1), state.DefinedAt), now));
            return late;
        }

        /// <summary>A due time, by the policy for overlaps.</summary>
        public void Take(DateTimeOffset due, bool isLast)
        {
            var next = state.Trigger.After(due, state.DefinedAt);
            switch (state.Policy.Overlap)
            {
                case OverlapPolicy.Skip when _runs:
                    _events.Add(new ScheduleEvent.Skipped(due, StillRuns, next, now));
                    break;
                case OverlapPolicy.Queue when _runs || _waiting > 0:
                    if (_waiting >= MostWaiting) _events.Add(new ScheduleEvent.Skipped(due, $"{MostWaiting} times wait already", next, now));
                    else _events.Add(new ScheduleEvent.PutOff(due, next, now));
                    _waiting = Math.Min(_waiting + 1, MostWaiting);
                    break;
                case OverlapPolicy.Replace when !isLast:
                    _events.Add(new ScheduleEvent.Skipped(due, "a later time came with it", next, now));
                    break;
                default:
                    Submit(due, next);
                    break;
            }
        }

        public void Submit(DateTimeOffset due, DateTimeOffset? next)
        {
            var job = JobOf(project, state.Name, due);
            if (refusal is not null || hasJob(job))
            {
                _events.Add(new ScheduleEvent.Skipped(due, refusal ?? HasJob, next, now));
                return;
            }

            _events.Add(new ScheduleEvent.Fired(due, job, state.Policy.Overlap == OverlapPolicy.Replace && _runs ? _last : null, next, now));
            (_runs, _last) = (true, job);
        }
    }
}
