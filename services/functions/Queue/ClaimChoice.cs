namespace Mesh.Functions.Queue;

/// <summary>Which of the jobs that are due a worker takes now.</summary>
internal static class ClaimChoice
{
    /// <summary>Those that there is room for one beside the other. What asks for nothing can wait here for a slot.</summary>
    /// <param name="due">In the order in which they should start.</param>
    /// <param name="free">Slots that are free.</param>
    /// <param name="ahead">How many may be taken before there is a slot for them.</param>
    /// <param name="space">What is left of the machine.</param>
    /// <param name="passed">Raised by those that there is no room for.</param>
    public static List<Candidate> Of(IReadOnlyList<Candidate> due, int free, int ahead, Room space, ref int passed)
    {
        var chosen = new List<Candidate>();
        foreach (var candidate in due)
        {
            if (free > 0 && space.Holds(candidate.Needs)) (free, space) = (free - 1, space - candidate.Needs);
            else if (ahead > 0 && candidate.Needs == default) ahead--;
            else
            {
                if (free + ahead == 0) break;
                passed++;
                // It lacks nothing but a slot, and no other is to be taken before it.
                if (space.Holds(candidate.Needs)) ahead = 0;
                continue;
            }

            chosen.Add(candidate);
        }

        return chosen;
    }
}
