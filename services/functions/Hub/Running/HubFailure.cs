namespace Mesh.Hub.Running;

/// <summary>What the caller gave cannot be worked with. The message is one sentence: the last line of the job's errors, and so the cause of its run.</summary>
internal sealed class HubFailure(string sentence) : Exception(sentence);

/// <summary>A command that was run for the caller ended badly: the hub ends with its exit code. The message is what it said last.</summary>
/// <param name="isSaid">Whether the errors hold the sentence already.</param>
internal sealed class CommandFailure(int code, string sentence, bool isSaid) : Exception(sentence)
{
    public int Code { get; } = code;

    public bool IsSaid { get; } = isSaid;
}
