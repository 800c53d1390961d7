namespace Mesh.Local;

/// <summary>Says sentences to whoever started the mesh.</summary>
internal static class Terminal
{
    /// <summary>Says one, or nothing where that cannot be written: a full disk under the log must not end the mesh.</summary>
    public static void Say(string sentence)
    {
        try
        {
            Console.WriteLine(sentence);
        }
        catch (IOException)
        {
        }
    }
}
