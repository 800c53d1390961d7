namespace Mesh.Hub.Running;

/// <summary>What the caller gave cannot be worked with. The message is one sentence: the last line of the job's errors, and so the cause of its run.</summary>
internal sealed class HubFailure(string sentence) : Exception(sentence);
